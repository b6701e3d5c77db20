import { addresses } from '../control-plane/addresses.ts';

/**
 * The whole network of a cluster, as a script that runs inside its namespace. No uplink: nothing can leave the machine.
 * The pods' bridge is made here rather than by the first pod, so that the node reaches ClusterIPs from the start
 * (through it: a Service's address needs some route before nftables can rewrite it).
 */
export const networkScript = `
ip link set lo up
ip address replace ${addresses.node}/32 dev lo
ip link show ${addresses.bridge} >/dev/null 2>&1 || ip link add ${addresses.bridge} type bridge
ip address replace ${addresses.podGateway}/24 dev ${addresses.bridge}
ip link set ${addresses.bridge} up
ip route replace ${addresses.serviceCidr} dev ${addresses.bridge} src ${addresses.node}
echo 1 > /proc/sys/net/ipv4/ip_forward
# Replies between two pods of this bridge must pass the NAT tables too, or a Service's answer comes from the wrong address.
if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables; fi
`;
