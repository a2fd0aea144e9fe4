import { describe, expect, it } from "vitest";
import { describeDomain } from "../../../../host/src/libvirt/domain-xml.ts";
import { LibvirtXmlError } from "../../../../host/src/libvirt/rpc/errors.ts";
import { withAgentPort, withoutAgentPort } from "../../../../host/src/libvirt/setup.ts";
import { domainXml } from "../../../fakes/domain-xml.ts";

const CONTROLLER = "<controller type='virtio-serial' index='0'/>";
const OURS = "ua-ballast-serial";

/** Without what stands between elements. */
const squeezed = (xml = "") => xml.replace(/>\s+</g, "><");

describe("the agent's port in a definition", () => {
  it("is added at the end of the devices, with a controller where there is none", () => {
    const edit = withAgentPort(domainXml());
    expect(describeDomain(edit?.xml ?? "").agentPort).toEqual({});
    expect(edit?.fragment).toContain(OURS);
  });

  it("is added behind the controller that is there", () => {
    expect(withAgentPort(domainXml({ devices: CONTROLLER }))?.fragment).not.toContain("controller");
  });

  it("is not added where there is one", () => {
    const once = withAgentPort(domainXml())?.xml ?? "";
    expect(withAgentPort(once)).toBeUndefined();
  });

  it.each([
    ["nothing beside it", domainXml({})],
    ["a controller of the admin's", domainXml({ devices: CONTROLLER })],
    ["letters of several bytes before it", domainXml({ more: "<title>äöü 網絡 😀</title>" })],
  ])("is taken out as it was added, with %s", (_, before) => {
    const after = withAgentPort(before);
    const back = withoutAgentPort(after?.xml ?? "");
    expect(squeezed(back?.xml)).toBe(squeezed(before));
    expect(squeezed(back?.fragment)).toBe(squeezed(after?.fragment));
  });

  it("is not taken out where the admin added it", () => {
    const devices = "<channel type='unix'><target type='virtio' name='org.ballast.agent.0'/></channel>";
    expect(withoutAgentPort(domainXml({ devices }))).toBeUndefined();
  });

  it("leaves its controller where another port has come to need it", () => {
    const added = withAgentPort(domainXml())?.xml ?? "";
    const other =
      "<channel type='pty'><target type='virtio' name='a'/><address type='virtio-serial' controller='0' port='2'/></channel>";
    const back = withoutAgentPort(added.replace("</devices>", `${other}</devices>`));
    expect(back?.xml).toContain(OURS);
    expect(back?.xml).not.toContain("org.ballast.agent.0");
  });

  it.each(["<domain><devices/></domain>", "<domain></domain>", "<domain>"])("is refused for %s", (xml) => {
    expect(() => withAgentPort(xml)).toThrow(LibvirtXmlError);
  });
});
