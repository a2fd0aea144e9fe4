/** The real `ballastd` under connections from many addresses that show no valid token: they keep no agent with one out, neither a new one nor those that come back after a restart. */
import { beforeAll, it } from "vitest";
import { packagedAgent } from "../../bootstrap/agent.ts";
import { keepCrowd } from "../../fakes/crowd-connections.ts";
import { Stage } from "./stage.ts";

const PACKAGING_MS = 120_000;

beforeAll(() => packagedAgent(), PACKAGING_MS);

it.each([
  ["silent", 16],
  ["plain text where TLS is spoken", 1],
  ["a header that never ends, over TLS", 16],
  ["a wrong token, over TLS", 1],
] as const)(
  "lets agents in beside sixteen addresses with: %s, %i at a time each, also after a restart",
  {
    timeout: 90_000,
  },
  async (manner, perAddress) => {
    const stage = await Stage.open();
    keepCrowd({ manner, port: stage.port, addresses: 16, perAddress });
    await stage.told(/was turned away/);
    await stage.goodAgent("web1");
    await stage.heard("web1");
    await stage.broker.kill();
    await stage.broker.restart();
    await stage.heard("web1");
    await stage.goodAgent("db1");
    await stage.heard("db1");
  },
);
