/** The real `ballastd` under connections that say nothing: they keep no agent with a valid token out, neither a new one nor those that come back after a restart. */
import { beforeAll, it } from "vitest";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { keepSilentConnections } from "../../fakes/silent-connections.ts";
import { Stage } from "./stage.ts";

const PACKAGING_MS = 120_000;

beforeAll(() => packagedAgent(), PACKAGING_MS);

it("lets agents in beside sixteen addresses with sixteen silent connections each, also after a restart", {
  timeout: 90_000,
}, async () => {
  const stage = await Stage.open();
  keepSilentConnections({ port: stage.port, addresses: 16, perAddress: 16 });
  await stage.told(/was turned away/);
  await stage.goodAgent("web1");
  await stage.heard("web1");
  await stage.broker.kill();
  await stage.broker.restart();
  await stage.heard("web1");
  await stage.goodAgent("db1");
  await stage.heard("db1");
});
