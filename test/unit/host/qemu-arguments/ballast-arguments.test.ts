import { describe, expect, it } from "vitest";
import { parseArguments } from "../../../../host/src/qemu-arguments/arguments.ts";
import {
  agentPortArguments,
  balloonArguments,
  monitorArguments,
  VIRTIO_TRANSPORTS,
  wordsOf,
} from "../../../../host/src/qemu-arguments/ballast-arguments.ts";
import { describeArguments } from "../../../../host/src/qemu-arguments/describe.ts";

describe("the arguments of Ballast", () => {
  it.each(VIRTIO_TRANSPORTS)(
    "are found again on a command line, whatever is in their paths: %s",
    (transport) => {
      const words = wordsOf([
        ...monitorArguments("/run/a,b=c/x.qmp"),
        ...agentPortArguments("/run/a,b=c/x.agent", transport),
        ...balloonArguments(transport),
      ]);
      const { monitors, agentSocket, balloon } = describeArguments(parseArguments(words), "/");
      expect(monitors).toEqual([{ kind: "unix", path: "/run/a,b=c/x.qmp", mode: "control", usable: true }]);
      expect(agentSocket).toBe("/run/a,b=c/x.agent");
      expect(balloon).toMatchObject({ deflateOnOom: true, freePageReporting: true });
    },
  );
});
