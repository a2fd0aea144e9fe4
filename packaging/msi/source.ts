/** The source of the Windows package (WiX 3 schema, as msitools' wixl reads it); pure. */
import { guidOf } from "./summary.ts";

/** Windows knows by it that one version follows the other: it never changes. */
const UPGRADE_CODE = "6B0D8C0E-2C7A-4B57-9E0B-5B3F5D1F7A21";

/** Name of the executable in the package. */
export const PROGRAM_FILE = "ballast-agent.exe";
/** Name of its native library: with it beside itself the executable unpacks none, of which Windows would keep one that is in use. */
export const LIBRARY_FILE = "ballast-agent.koffi.node";

/**
 * The package with the agent's executable and its library, which lie beside the source. The executable makes the service itself, as `ballast-agent install` does by
 * hand: one source for the service, its recovery and its event log.
 *
 * Every action has its number (as in Windows Installer's "Suggested InstallExecuteSequence"): wixl would choose another order at each build,
 * among them some in which the service is removed before the installation has begun. An older version is removed whole before the new one's
 * files come (1450, before InstallInitialize); the service is removed before its files (3500), and made after them (4000).
 */
export function wixSource(version: string, manufacturer: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="${guidOf(`${UPGRADE_CODE} ${version}`)}" Name="Ballast guest agent" Language="1033" Version="${version}"
           Manufacturer="${escaped(manufacturer)}" UpgradeCode="${UPGRADE_CODE}">
    <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine"/>
    <MajorUpgrade DowngradeErrorMessage="A newer version of the Ballast guest agent is installed already."/>
    <Media Id="1" Cabinet="agent.cab" EmbedCab="yes"/>
    <Property Id="URL"/>
    <Property Id="TOKENFILE"/>
    <Property Id="CAFILE"/>
    <Property Id="ARPNOMODIFY" Value="1"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder">
        <Directory Id="INSTALLDIR" Name="Ballast">
          <Component Id="Agent" Guid="1F2F7B52-6E0C-4F41-9B6E-6A4A7C0C8D10" Win64="yes">
            <File Id="AgentProgram" Name="${PROGRAM_FILE}" Source="${PROGRAM_FILE}" KeyPath="yes"/>
            <File Id="AgentLibrary" Name="${LIBRARY_FILE}" Source="${LIBRARY_FILE}"/>
          </Component>
        </Directory>
      </Directory>
    </Directory>
    <Feature Id="Complete" Level="1">
      <ComponentRef Id="Agent"/>
    </Feature>
${["URL", "TOKENFILE", "CAFILE"].map(optionAction).join("")}    <CustomAction Id="InstallService" FileKey="AgentProgram" ExeCommand="install [URLOPTION] [TOKENFILEOPTION] [CAFILEOPTION]"
                  Execute="deferred" Impersonate="no" Return="check"/>
    <CustomAction Id="RemoveService" FileKey="AgentProgram" ExeCommand="uninstall"
                  Execute="deferred" Impersonate="no" Return="ignore"/>
    <InstallExecuteSequence>
      <RemoveExistingProducts Sequence="1450"/>
      <Custom Action="SetURL" Sequence="1460">URL</Custom>
      <Custom Action="SetTOKENFILE" Sequence="1470">TOKENFILE</Custom>
      <Custom Action="SetCAFILE" Sequence="1480">CAFILE</Custom>
      <Custom Action="RemoveService" Sequence="3400">REMOVE="ALL"</Custom>
      <Custom Action="InstallService" Sequence="4100">NOT REMOVE</Custom>
    </InstallExecuteSequence>
  </Product>
</Wix>
`;
}

const OPTIONS = { URL: "--url", TOKENFILE: "--token-file", CAFILE: "--ca" } as const;

/** A property of the command line of msiexec, if it is given, becomes an option of `ballast-agent install`. */
function optionAction(name: string): string {
  const option = OPTIONS[name as keyof typeof OPTIONS];
  return `    <CustomAction Id="Set${name}" Property="${name}OPTION" Value="${option} &quot;[${name}]&quot;"/>\n`;
}

/** Within an attribute of XML. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
