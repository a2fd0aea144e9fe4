import { describe, expect, it } from "vitest";
import { loadBalancerNote } from "../../../../host/src/proxmox/load-balancer.ts";

describe("Proxmox's load balancer", () => {
  it.each([
    "keyboard: en-us\ncrs: ha=dynamic,ha-auto-rebalance=1\n",
    "crs: ha-auto-rebalance=on, ha=dynamic\n",
  ])("is named where it is on: %j", (text) => {
    expect(loadBalancerNote(text)).toContain("ha-auto-rebalance");
  });

  it.each([
    "",
    "crs: ha=static\n",
    "crs: ha=dynamic\n",
    "crs: ha=dynamic,ha-auto-rebalance=0\n",
    "crs: ha=static,ha-auto-rebalance=1\n",
    "crs: ha=dynamic,ha-auto-rebalance=1\ncrs: ha=basic\n",
  ])("is not named where it is off: %j", (text) => {
    expect(loadBalancerNote(text)).toBeUndefined();
  });
});
