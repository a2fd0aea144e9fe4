import { describe, expect, it } from "vitest";
import { GIB } from "../../../../../host/src/model/bytes.ts";
import type { ControllerMaker } from "../../../../../host/src/simulate/controller.ts";
import { BASELINES } from "../../../../../host/src/simulate/controllers/catalogue.ts";
import { CLAIRVOYANT } from "../../../../../host/src/simulate/controllers/clairvoyant.ts";
import { MOM } from "../../../../../host/src/simulate/controllers/mom.ts";
import { PROXMOX } from "../../../../../host/src/simulate/controllers/proxmox.ts";
import { runController, workAlone } from "../../../../../host/src/simulate/run.ts";
import { DIURNAL_WEB } from "../../../../../host/src/simulate/scenarios/web.ts";
import { HOME_LAB } from "../../../../../host/src/simulate/scenarios/whole-hosts.ts";
import { aFuture } from "../../../../fakes/fake-world-view.ts";

describe("the baselines", () => {
  it("come in a fixed order, named as their controllers are", () => {
    const setup = { accounting: "resident", splitBytes: GIB, future: aFuture({}) } as const;
    expect(BASELINES.map(({ name }) => name)).toEqual([
      "static-split",
      "deflate-on-oom",
      "proxmox",
      "proxmox-deflate",
      "mom",
      "mom-deflate",
      "squeezed",
      "qmemman",
      "clairvoyant",
    ]);
    expect(BASELINES.map(({ make }) => make(setup).name)).toEqual(BASELINES.map(({ name }) => name));
  });

  it("kill where only foresight saves: Proxmox and MOM do, the clairvoyant does not", () => {
    const lab = HOME_LAB.make(1);
    const aloneMs = workAlone(lab);
    const kills = (maker: ControllerMaker) => runController(lab, maker, aloneMs).outcome.kills;
    expect(kills(PROXMOX)).toBeGreaterThan(0);
    expect(kills(MOM)).toBeGreaterThan(0);
    expect(kills(CLAIRVOYANT)).toBe(0);
  });

  it("lose no program under the clairvoyant while the loads of a fleet rise and fall", () => {
    const fleet = DIURNAL_WEB.make(1);
    expect(runController(fleet, CLAIRVOYANT, workAlone(fleet)).outcome.kills).toBe(0);
  });
});
