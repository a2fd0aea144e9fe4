import { describe, expect, it } from "vitest";
import { DOMAIN_SET_MEMORY } from "../../../../../host/src/libvirt/rpc/procedures.ts";
import * as wire from "../../../../../host/src/libvirt/rpc/wire.ts";

const UUID = Uint8Array.from({ length: 16 }, (_, i) => i);
const DOMAIN = { name: wire.bytesOf("web1"), uuid: UUID, id: 3 };

describe("libvirt's structures", () => {
  it("are written as libvirt's own client writes them", () => {
    const bytes = DOMAIN_SET_MEMORY.args.encode({ domain: DOMAIN, memory: 524_288n, flags: 1 });
    const name = "00000004" + "77656231";
    const uuid = "000102030405060708090a0b0c0d0e0f";
    expect(Buffer.from(bytes).toString("hex")).toBe(`${name}${uuid}00000003${"0000000000080000"}00000001`);
  });

  it("show a UUID as libvirt does", () => {
    expect(wire.uuidText(UUID)).toBe("00010203-0405-0607-0809-0a0b0c0d0e0f");
  });

  it.each([
    ["a list of more domains than libvirt sends", "00004001"],
    ["a list that announces more than it has", "00000003"],
    ["a name longer than any", "00000001" + "7fffffff"],
    ["nothing", ""],
  ])("refuse %s", (_, hex) => {
    expect(() => wire.listReply.decode(Uint8Array.from(Buffer.from(hex, "hex")))).toThrow(
      /XDR|exceeds|incomplete/,
    );
  });

  it("refuse a statistic of a kind that is not known", () => {
    const record = wire.statsReply.encode({
      records: [
        { domain: DOMAIN, typedParameters: [{ field: wire.bytesOf("a"), value: { type: 1, value: 1 } }] },
      ],
    });
    // The kind stands before the value, at the end.
    new DataView(record.buffer).setInt32(record.length - 8, 99);
    expect(() => wire.statsReply.decode(record)).toThrow(/99/);
  });

  it("refuse what follows the end", () => {
    expect(() => wire.versionReply.decode(new Uint8Array(12))).toThrow(/trailing/);
  });
});
