/** What the answerer can hold and be asked about, and what the scripted model knows of the world. */

export interface Property {
  /** Name in `THINGS`. */
  readonly name: string;
  /** How the scripted model asks for it. */
  readonly question: string;
  /** How anybody else may: the answerer looks for this in the question. */
  readonly words: RegExp;
}

export const PROPERTIES: readonly Property[] = [
  { name: 'alive', question: 'Is it alive?', words: /\b(alive|living|lives?)\b/ },
  { name: 'animal', question: 'Is it an animal?', words: /\b(animal|creature)s?\b/ },
  { name: 'edible', question: 'Do people eat it?', words: /\b(eat|eaten|edible|food)\b/ },
  {
    name: 'large',
    question: 'Is it larger than a person?',
    words: /\b(larger|bigger) than an? (person|human)\b/,
  },
  { name: 'hand', question: 'Does it fit into one hand?', words: /\bhand\b|\bhandheld\b/ },
  {
    name: 'indoors',
    question: 'Is it usually found indoors?',
    words: /\b(indoors?|inside|at home|in a house)\b/,
  },
  {
    name: 'water',
    question: 'Does it belong in or on water?',
    words: /\b(water|sea|ocean|swims?|floats?)\b/,
  },
  { name: 'flies', question: 'Can it fly?', words: /\b(fly|flies|flying|airborne)\b/ },
  {
    name: 'electric',
    question: 'Does it need electricity?',
    words: /\b(electric|electricity|electronic|power|battery)\b/,
  },
  { name: 'metal', question: 'Is it mostly made of metal?', words: /\bmetal(lic)?\b/ },
  {
    name: 'vehicle',
    question: 'Does it carry people from place to place?',
    words: /\b(carry people|vehicle|transport|ride|travel)\b/,
  },
  { name: 'legs', question: 'Does it have legs?', words: /\blegs?\b/ },
  { name: 'music', question: 'Does it make music?', words: /\b(music|musical|instrument)\b/ },
  { name: 'sharp', question: 'Is it sharp?', words: /\b(sharp|cut|cuts)\b/ },
  { name: 'sweet', question: 'Is it sweet?', words: /\bsweet\b/ },
  { name: 'round', question: 'Is it round?', words: /\b(round|spherical|ball-shaped)\b/ },
];

/** Each thing with the properties that hold for it. No two things have the same ones: a test says so. */
export const THINGS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    accordion: 'indoors music',
    airplane: 'large flies metal vehicle electric',
    anchor: 'large water metal',
    apple: 'alive edible hand sweet round',
    balloon: 'flies round',
    banana: 'alive edible hand sweet',
    bat: 'alive animal flies hand legs',
    bee: 'alive animal flies hand legs sharp',
    bicycle: 'metal vehicle',
    cactus: 'alive sharp',
    canoe: 'large water vehicle',
    cat: 'alive animal indoors legs',
    chair: 'indoors legs',
    cheese: 'edible hand indoors round',
    cow: 'alive animal edible large legs',
    crab: 'alive animal edible hand water legs sharp',
    duck: 'alive animal edible water flies legs',
    eagle: 'alive animal flies legs sharp',
    elephant: 'alive animal large legs',
    fridge: 'large indoors electric metal',
    goldfish: 'alive animal hand indoors water',
    guitar: 'music',
    hedgehog: 'alive animal hand legs sharp',
    helicopter: 'large flies metal vehicle electric sharp',
    honey: 'edible indoors sweet',
    kite: 'flies',
    knife: 'hand indoors metal sharp',
    lamp: 'indoors electric',
    lemon: 'alive edible hand round',
    lighthouse: 'large water electric',
    moon: 'large flies round',
    needle: 'hand metal sharp',
    oak: 'alive large',
    octopus: 'alive animal edible water legs',
    phone: 'hand electric',
    piano: 'large indoors music legs',
    potato: 'alive edible hand',
    radio: 'indoors electric music',
    salmon: 'alive animal edible water',
    saxophone: 'metal music',
    spider: 'alive animal hand indoors legs',
    submarine: 'large water metal vehicle electric',
    sugar: 'edible hand indoors sweet',
    table: 'large indoors legs',
    train: 'large metal vehicle',
    tram: 'large metal vehicle electric',
    whale: 'alive animal large water',
  }).map(([thing, properties]) => [thing, new Set(properties.split(' '))]),
);
