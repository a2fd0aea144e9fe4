/** What an admin watches: alerts, a dashboard, and a real Prometheus that scrapes a real broker. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createMetrics } from "../../../../host/src/metrics/metrics.ts";
import type { GuestStatus, Status } from "../../../../host/src/model/status.ts";
import { STATUS } from "../../../fakes/fake-control-service.ts";
import { FakeQemu } from "../../../fakes/fake-qemu.ts";
import { LivelyAgent } from "../../../fakes/lively-agent.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";
import { TestBroker } from "../../../testbed/broker.ts";
import { freePort } from "../../../testbed/free-port.ts";
import { findProgram } from "../../../testbed/requirements.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };
const MONITORING = fileURLToPath(new URL("../../../../host/monitoring/", import.meta.url));
const RULES = join(MONITORING, "prometheus/ballast.rules.yml");
const [prometheus, promtool] = [findProgram("prometheus"), findProgram("promtool")];
/** Names of figures that queries use. */
const NAMES = /\bballast_[a-z_]+/g;

async function get(port: number, path: string, headers: Record<string, string> = {}) {
  const call = request({ host: "127.0.0.1", port, path, headers, agent: false }).end();
  const [answer] = await once(call, "response");
  return { status: answer.statusCode as number, text: await text(answer) };
}

/** A broker with one lively guest, that serves over HTTP. */
async function aWatchedBroker() {
  const folder = socketFolder();
  const paths = { qmpPath: join(folder, "web.qmp"), agentPath: join(folder, "web.agent") };
  const qemu = await FakeQemu.start({ path: paths.qmpPath });
  onTestFinished(() => qemu.close());
  await LivelyAgent.listen(paths.agentPath, qemu.machine);
  const port = await freePort();
  const broker = await TestBroker.start({
    folder,
    guests: [{ name: "web", ...paths }],
    budgetMib: 8192,
    http: `127.0.0.1:${port}`,
  });
  onTestFinished(() => broker.stop());
  await broker.until("web", "reported", ({ usedBytes }) => usedBytes !== undefined, 30_000);
  return { folder, port, broker };
}

describe("the alerts and the dashboard", () => {
  it.skipIf(promtool === undefined)("do what they say, by promtool's own tests", () => {
    const tests = join(MONITORING, "prometheus/ballast.rules.test.yml");
    const { status, stdout, stderr } = spawnSync(promtool ?? "", ["test", "rules", tests], {
      encoding: "utf8",
    });
    expect({ status, output: `${stdout}${stderr}` }).toMatchObject({ status: 0 });
  });

  it("ask only for figures that the broker has", async () => {
    const metrics = createMetrics();
    metrics.observer.answered({ outcome: "granted", grantedBytes: 0, targetBytes: 0, reason: "demand" }, 1);
    const exposed = await metrics.expose(STATUS);
    const known = new Set(exposed.match(NAMES));
    for (const file of [RULES, join(MONITORING, "grafana/ballast.json")]) {
      const asked = [...new Set(readFileSync(file, "utf8").match(NAMES))];
      expect(asked.length).toBeGreaterThan(5);
      expect(asked.filter((name) => !known.has(name) && !known.has(name.replace(/_bucket$/, "")))).toEqual(
        [],
      );
    }
  });
});

describe("a broker that serves over HTTP", () => {
  it("shows the same in metrics, API and status", async () => {
    const { port, broker } = await aWatchedBroker();
    // Between two ticks nothing changes: compared are figures of one moment.
    const same = await vi.waitUntil(async () => {
      const before = await broker.guest("web");
      const [api, metrics] = [await get(port, "/v1/status"), await get(port, "/metrics")];
      const after = await broker.guest("web");
      return isSame(before, after) ? { after, api, metrics } : undefined;
    }, PATIENCE);
    const guest = (JSON.parse(same.api.text) as Status).guests[0];
    expect(guest).toMatchObject({ actualBytes: same.after.actualBytes, usedBytes: same.after.usedBytes });
    expect(same.metrics.text).toContain(
      `ballast_guest_memory_used_bytes{id="web"} ${same.after.usedBytes}\n`,
    );
    expect(same.metrics.text).toContain(
      `ballast_guest_memory_actual_bytes{id="web"} ${same.after.actualBytes}\n`,
    );
    expect((await get(port, "/v1/status", { host: "evil.example" })).status).toBe(403);
  });

  it("balances on where its address is taken, and says so", async () => {
    const port = await freePort();
    const taken = createServer().listen(port, "127.0.0.1");
    await once(taken, "listening");
    onTestFinished(() => void taken.close());
    const folder = socketFolder();
    const broker = await TestBroker.start({ folder, guests: [], budgetMib: 1024, http: `127.0.0.1:${port}` });
    onTestFinished(() => broker.stop());
    const texts = (await broker.events()).map((event) => event.text);
    expect(texts).toContainEqual(expect.stringMatching(/^control\.http: cannot listen on .*another program/));
  });

  it.skipIf(prometheus === undefined)("is scraped by a real Prometheus, which loads the alerts", async () => {
    const { folder, port } = await aWatchedBroker();
    const own = await freePort();
    const config = [
      "global: { scrape_interval: 1s, evaluation_interval: 1s }",
      `rule_files: ["${RULES}"]`,
      "scrape_configs:",
      `  - { job_name: ballast, static_configs: [ { targets: ["127.0.0.1:${port}"] } ] }`,
      "",
    ];
    writeFileSync(join(folder, "prometheus.yml"), config.join("\n"));
    const child = spawn(
      prometheus ?? "",
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "tsdb")}`,
        `--web.listen-address=127.0.0.1:${own}`,
      ],
      { stdio: "ignore" },
    );
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    });
    const query = async (path: string) => JSON.parse((await get(own, path)).text);
    const series = await vi.waitUntil(async () => {
      const answer = await query("/api/v1/query?query=ballast_guest_memory_used_bytes").catch(
        () => undefined,
      );
      return answer?.data?.result?.[0];
    }, PATIENCE);
    expect(series.metric).toMatchObject({ id: "web", job: "ballast" });
    expect(Number(series.value[1])).toBeGreaterThan(0);
    const { data } = await query("/api/v1/rules");
    expect(data.groups[0].rules).toHaveLength(10);
    expect(data.groups[0].rules.filter(({ health }: { health: string }) => health === "err")).toEqual([]);
  });
});

function isSame(a: GuestStatus, b: GuestStatus): boolean {
  return a.usedBytes === b.usedBytes && a.actualBytes === b.actualBytes && a.targetBytes === b.targetBytes;
}
