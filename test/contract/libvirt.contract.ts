/** What our libvirt client relies on: held against the fake libvirtd and the real one alike. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { LibvirtAddress } from "../../host/src/libvirt/address.ts";
import { describeDomain } from "../../host/src/libvirt/domain-xml.ts";
import { LibvirtClient } from "../../host/src/libvirt/rpc/client.ts";
import * as domains from "../../host/src/libvirt/rpc/domains.ts";
import { type DomainEvent, decodeEvent, LIFECYCLE } from "../../host/src/libvirt/rpc/events.ts";
import { CONNECT_GET_LIB_VERSION, DOMAIN_MEMORY_STATS } from "../../host/src/libvirt/rpc/procedures.ts";
import { MIB } from "../../host/src/model/bytes.ts";
import { GreedyClient } from "../fakes/greedy-libvirt-client.ts";

/** Deadlines for a machine that is busy with other tests. */
export const PATIENCE = { callDeadlineMs: 20_000, openDeadlineMs: 20_000 } as const;

/**
 * A libvirtd in which a persistent domain `web1` runs: 128 MiB, to which more can be plugged, 96 MiB at start, a disk, the agent's port, no
 * guest in it.
 */
export interface ContractLibvirtd {
  readonly address: LibvirtAddress;
  /** Its QEMU hangs, and goes on. */
  freeze(isFrozen: boolean): Promise<void>;
  reset(): Promise<void>;
  /** A backup of its disk runs, and ends. */
  backup(isRunning: boolean): Promise<void>;
  /** Its memory goes into a file and its QEMU ends; and back. */
  save(): Promise<void>;
  restore(): Promise<void>;
  plugMemory(mib: number): Promise<void>;
  suspend(): Promise<void>;
  resume(): Promise<void>;
  end(): Promise<void>;
}

export function describeLibvirtContract(name: string, start: () => Promise<ContractLibvirtd>): void {
  describe(name, () => {
    let libvirtd: ContractLibvirtd;
    beforeAll(async () => {
      libvirtd = await start();
    }, 60_000);
    afterAll(() => libvirtd.end());

    async function connected(uri = libvirtd.address.uri) {
      const events: DomainEvent[] = [];
      const client = new LibvirtClient({
        path: libvirtd.address.socketPaths[1] ?? "",
        uri,
        ...PATIENCE,
        onOpened: domains.registerEvents,
        onEvent: (procedure, payload) => {
          const event = decodeEvent(procedure, payload);
          if (event !== undefined) events.push(event);
        },
      });
      onTestFinished(() => client.close());
      await client.connect();
      return { client, events };
    }

    async function web1() {
      const { client, events } = await connected();
      const [domain] = await domains.listActive(client);
      if (domain === undefined) throw new Error("no domain runs");
      return { client, events, domain };
    }

    it("lists what runs, and what of it is persistent", async () => {
      const { client, domain } = await web1();
      expect(domain).toMatchObject({ untrustedName: "web1", uuid: expect.stringMatching(/^[\da-f-]{36}$/) });
      expect(domain.id).toBeGreaterThan(0);
      expect(await domains.listActive(client, true)).toEqual([domain]);
    });

    it("finds a domain by its name, and none by another", async () => {
      const { client, domain } = await web1();
      expect(await domains.findByName(client, "web1")).toEqual(domain);
      expect(await domains.findByName(client, "web2")).toBeUndefined();
    });

    it("tells its version", async () => {
      const { client } = await connected();
      expect(await domains.libraryVersion(client)).toBeGreaterThanOrEqual(9_000_000);
    });

    it("shows the balloon in the XML of what runs, and the admin's size in the definition's", async () => {
      const { client, domain } = await web1();
      const live = describeDomain(await domains.domainXml(client, domain, "live"));
      const definition = describeDomain(await domains.domainXml(client, domain, "inactive"));
      expect(live).toMatchObject({ untrustedName: "web1", uuid: domain.uuid, memoryBytes: 128 * MIB });
      // No driver has taken the 96 MiB out.
      expect([live.currentBytes, definition.currentBytes]).toEqual([128 * MIB, 96 * MIB]);
      expect(live.agentPort).toMatchObject({
        path: expect.stringContaining("org.ballast.agent.0"),
        isOpen: false,
      });
      expect(definition.agentPort).toEqual({});
    });

    it("tells state and sizes, and that no driver ever answered", async () => {
      const { client, domain } = await web1();
      const stats = await domains.domainStats(client, domain);
      expect(Object.fromEntries(stats)).toMatchObject({
        "state.state": 1,
        "state.reason": 1,
        "balloon.current": 131_072,
        "balloon.maximum": 131_072,
        "balloon.last-update": 0,
      });
      expect(await domains.currentJob(client, domain)).toBeUndefined();
      expect(await domains.queryActualBytes(client, domain)).toBe(128 * MIB);
    });

    it("takes a size up to the maximum, and no larger one", async () => {
      const { client, domain } = await web1();
      await domains.setMemory(client, domain, 100 * MIB);
      await domains.setMemory(client, domain, 128 * MIB);
      await expect(domains.setMemory(client, domain, 129 * MIB)).rejects.toMatchObject({
        code: "LIBVIRT_REFUSED",
        number: 8,
      });
    });

    it("shows a period of statistics in what runs alone, and forgets it", async () => {
      const { client, domain } = await web1();
      const periods = async () =>
        Promise.all(
          (["live", "inactive"] as const).map(
            async (which) =>
              describeDomain(await domains.domainXml(client, domain, which)).statsPeriodSeconds,
          ),
        );
      await domains.setStatsPeriod(client, domain, 2);
      expect(await periods()).toEqual([2, 0]);
      await domains.setStatsPeriod(client, domain, 0);
      expect(await periods()).toEqual([0, 0]);
    });

    it("refuses what is asked about a domain that it does not know", async () => {
      const { client } = await connected();
      const stranger = domains.domainByUuid("00000000-0000-4000-8000-000000000000", "stranger");
      await expect(domains.domainXml(client, stranger, "live")).rejects.toMatchObject({
        code: "LIBVIRT_REFUSED",
        number: 42,
      });
    });

    it("refuses a driver that it does not have", async () => {
      await expect(connected("nosuch:///system")).rejects.toMatchObject({ code: "LIBVIRT_REFUSED" });
    });

    it("tells that a domain was paused and goes on, and takes a size meanwhile", async () => {
      const { client, events, domain } = await web1();
      const seen = () => events.flatMap((one) => (one.kind === "lifecycle" ? [one.event] : []));
      await libvirtd.suspend();
      await vi.waitUntil(() => seen().includes(LIFECYCLE.suspended), 20_000);
      expect(events[0]).toMatchObject({ kind: "lifecycle", uuid: domain.uuid });
      expect((await domains.domainStats(client, domain)).get("state.state")).toBe(3);
      await domains.setMemory(client, domain, 128 * MIB);
      await libvirtd.resume();
      await vi.waitUntil(() => seen().includes(LIFECYCLE.resumed), 20_000);
    });

    it("reads no more from a client with five calls outstanding, and serves others meanwhile", async () => {
      const { client, domain } = await web1();
      const greedy = await GreedyClient.open(libvirtd.address);
      onTestFinished(() => greedy.close());
      await libvirtd.freeze(true);
      try {
        const args = { domain: domain.ref, mostStats: 64, flags: 0 };
        for (let n = 0; n < 5; n++) greedy.send(DOMAIN_MEMORY_STATS, args);
        const sixth = greedy.send(CONNECT_GET_LIB_VERSION, {});
        // Served after it was sent, so the sixth had its chance.
        expect(await domains.libraryVersion(client)).toBeGreaterThan(0);
        expect(greedy.answered).not.toContain(sixth);
        await libvirtd.freeze(false);
        await vi.waitUntil(() => greedy.answered.includes(sixth), 20_000);
      } finally {
        await libvirtd.freeze(false);
      }
    });

    it("tells of a reset", async () => {
      const { events, domain } = await web1();
      await libvirtd.reset();
      await vi.waitUntil(() => events.some(({ kind }) => kind === "reboot"), 20_000);
      expect(events.find(({ kind }) => kind === "reboot")).toEqual({ kind: "reboot", uuid: domain.uuid });
    });

    it("has a job while a backup runs, and takes a size meanwhile", async () => {
      const { client, domain } = await web1();
      await libvirtd.backup(true);
      expect(await domains.currentJob(client, domain)).toBe(9);
      await domains.setMemory(client, domain, 128 * MIB);
      await libvirtd.backup(false);
      await vi.waitUntil(async () => (await domains.currentJob(client, domain)) === undefined, 20_000);
    });

    it("ends a domain that is saved, and restores it under another number, at its size", async () => {
      const { client, events, domain } = await web1();
      // libvirt 11 tells of the end of QEMU in two events.
      const seen = () =>
        events.flatMap((one) =>
          one.kind === "lifecycle" && one.event !== LIFECYCLE.shutdown ? [one.event] : [],
        );
      await libvirtd.save();
      await vi.waitUntil(() => seen().includes(LIFECYCLE.stopped), 20_000);
      expect(seen()).toEqual([LIFECYCLE.suspended, LIFECYCLE.stopped]);
      expect(await domains.listActive(client)).toEqual([]);
      await libvirtd.restore();
      await vi.waitUntil(() => seen().includes(LIFECYCLE.resumed), 20_000);
      expect(seen().slice(2)).toEqual([LIFECYCLE.started, LIFECYCLE.resumed]);
      const [again] = await domains.listActive(client);
      expect(again).toMatchObject({ uuid: domain.uuid, untrustedName: "web1" });
      expect(again?.id).not.toBe(domain.id);
      const stats = await domains.domainStats(client, domain);
      expect([stats.get("state.state"), stats.get("balloon.current")]).toEqual([1, 131_072]);
    });

    it("tells of memory that is plugged, and of the size with it", async () => {
      const { client, events, domain } = await web1();
      await libvirtd.plugMemory(128);
      await vi.waitUntil(() => events.some(({ kind }) => kind === "device"), 20_000);
      const device = { kind: "device", uuid: domain.uuid, alias: "memdimm0" };
      expect(events.find(({ kind }) => kind === "device")).toEqual(device);
      const stats = await domains.domainStats(client, domain);
      expect(["balloon.current", "balloon.maximum"].map((name) => stats.get(name))).toEqual([
        262_144, 262_144,
      ]);
      expect(await domains.queryActualBytes(client, domain)).toBe(256 * MIB);
    });

    it("serves many at a time", async () => {
      const [a, b] = await Promise.all([web1(), web1()]);
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          domains.domainStats(i % 2 === 0 ? a.client : b.client, a.domain),
        ),
      );
      expect(answers.every((stats) => stats.get("balloon.maximum") === 262_144)).toBe(true);
    });
  });
}
