<#
.SYNOPSIS
  Tests ballast-agent on a real Windows, in about ten minutes, and prints PASS or FAIL for each point.
.DESCRIPTION
  Run it in a PowerShell that was opened as administrator, in a VM with the virtio-win drivers for balloon and vioserial, the channel
  org.ballast.agent.0, and a broker on the host:

    powershell -ExecutionPolicy Bypass -File test-agent.ps1 -Agent .\ballast-agent-win-x64.exe

  It installs the service, ends its process once, and removes the service at the end. -Squeeze also fills the memory until Windows
  says that it is low, for some seconds: not on a VM that somebody works with. Ends with 0 when everything passed.
#>
param(
  [string]$Agent = ".\ballast-agent-win-x64.exe",
  [switch]$Squeeze
)
Set-StrictMode -Version 2
$ErrorActionPreference = "Stop"
$ServiceName = "BallastAgent"
$MiB = 1MB
$script:Failed = 0
$script:Passed = 0

function Test-Point([string]$Name, [scriptblock]$Check) {
  try {
    $problem = & $Check
    if ($problem) { throw $problem }
    $script:Passed++
    Write-Host "PASS  $Name"
  } catch {
    $script:Failed++
    Write-Host "FAIL  $Name"
    Write-Host "      $_"
  }
}

function Get-Report { (& $Agent report --json | Out-String) | ConvertFrom-Json }

function Get-Has($Report, [string]$Name) { $Report.PSObject.Properties.Name -contains $Name }

# Class and properties have English names on every Windows; those of Get-Counter are translated.
function Get-Memory { Get-CimInstance Win32_PerfRawData_PerfOS_Memory }

function Compare-Bytes([string]$What, [double]$Ours, [double]$Theirs, [double]$Slack) {
  if ([math]::Abs($Ours - $Theirs) -gt $Slack) {
    "{0}: the agent says {1:N0} MiB, Windows {2:N0} MiB" -f $What, ($Ours / $MiB), ($Theirs / $MiB)
  }
}

function Wait-Until([int]$Seconds, [scriptblock]$Condition) {
  $end = (Get-Date).AddSeconds($Seconds)
  while ((Get-Date) -lt $end) {
    if (& $Condition) { return $true }
    Start-Sleep -Milliseconds 500
  }
  return $false
}

function Get-AgentProcessId {
  $service = Get-CimInstance Win32_Service -Filter "Name='$ServiceName'"
  if ($service -and $service.State -eq "Running") { $service.ProcessId } else { 0 }
}

# The agent's lines in the event log, newest first; to be wrapped in @( ), as there may be none.
function Get-Lines([datetime]$Since) {
  $filter = @{ LogName = "Application"; ProviderName = $ServiceName; StartTime = $Since }
  Get-WinEvent -FilterHashtable $filter -ErrorAction SilentlyContinue | ForEach-Object { $_.Message }
}

function Test-Line([datetime]$Since, [string]$Words) { @(Get-Lines $Since | Where-Object { $_ -match $Words }).Count -gt 0 }

$identity = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
  Write-Host "Open PowerShell as administrator and run it again."
  exit 2
}
$Agent = (Resolve-Path $Agent).Path
$begin = Get-Date
Write-Host ("{0}, {1}" -f (Get-CimInstance Win32_OperatingSystem).Caption, (& $Agent version))

# --- figures ---------------------------------------------------------------------------------------------------------------------
Test-Point "total memory is Windows' own figure" {
  Compare-Bytes "total" (Get-Report).totalBytes (Get-CimInstance Win32_ComputerSystem).TotalPhysicalMemory (16 * $MiB)
}
Test-Point "available is that of Task Manager (zeroed, free and standby)" {
  Compare-Bytes "available" (Get-Report).availableBytes (Get-Memory).AvailableBytes (256 * $MiB)
}
Test-Point "commit charge and limit are those of Task Manager" {
  $report = Get-Report; $memory = Get-Memory
  Compare-Bytes "committed" $report.committedBytes $memory.CommittedBytes (256 * $MiB)
  Compare-Bytes "commit limit" $report.commitLimitBytes $memory.CommitLimit (64 * $MiB)
}
Test-Point "page lists can be read: standby by priority, modified, free" {
  $report = Get-Report; $memory = Get-Memory
  if (-not (Get-Has $report "standbyBytes")) { throw "Windows refused the lists to the agent" }
  $standby = $memory.StandbyCacheCoreBytes + $memory.StandbyCacheNormalPriorityBytes + $memory.StandbyCacheReserveBytes
  Compare-Bytes "standby" ($report.standbyBytes | Measure-Object -Sum).Sum $standby (256 * $MiB)
  Compare-Bytes "modified" $report.dirtyBytes $memory.ModifiedPageListBytes (128 * $MiB)
  Compare-Bytes "free" $report.freeBytes $memory.FreeAndZeroPageListBytes (256 * $MiB)
}
Test-Point "hard faults count up when a file is read that is not in memory" {
  $before = (Get-Report).pageInKibTotal
  Get-ChildItem "$env:SystemRoot\System32\*.dll" | Get-Random -Count 300 | ForEach-Object { [void][IO.File]::ReadAllBytes($_.FullName) }
  $after = (Get-Report).pageInKibTotal
  if ($after -le $before) { throw "it stayed at $before KiB" }
}
Test-Point "the balloon driver is seen as it is" {
  $driver = Get-CimInstance Win32_SystemDriver -Filter "Name='BALLOON'"
  $runs = [bool]($driver -and $driver.State -eq "Running")
  if ((Get-Report).balloonDevice -ne $runs) { throw "the agent says $(-not $runs), the driver's state says $runs" }
}
Test-Point "memory is not said to be low while it is not" {
  if ((Get-Report).lowMemory -ne $false) { throw "lowMemory is $((Get-Report).lowMemory)" }
}

# --- service and port ------------------------------------------------------------------------------------------------------------
Test-Point "install makes a service that runs" {
  $said = & $Agent install | Out-String
  if ((Get-Service $ServiceName).Status -ne "Running") { throw $said }
}
Test-Point "the service starts with the system, as LocalSystem, from a quoted path" {
  $service = Get-CimInstance Win32_Service -Filter "Name='$ServiceName'"
  if ($service.StartMode -ne "Auto" -or $service.StartName -ne "LocalSystem" -or $service.PathName -notlike '"*') {
    throw "$($service.StartMode), $($service.StartName), $($service.PathName)"
  }
}
Test-Point "recovery options restart it" {
  $words = sc.exe qfailure $ServiceName | Out-String
  if (($words -split "5000").Count -lt 3) { throw $words }
}
Test-Point "its lines are in the event log, as they are" {
  if (-not (Wait-Until 15 { Test-Line $begin "^info ballast-agent .* started" })) {
    throw "the event log has: $(@(Get-Lines $begin) -join ' | ')"
  }
}
Test-Point "the port is opened and a broker answers" {
  if (-not (Wait-Until 60 { Test-Line $begin "session with the host opened" })) {
    throw "no session after a minute; the event log has: $(@(Get-Lines $begin) -join ' | ')"
  }
}
Test-Point "the port is held by one agent alone, and a second one says so" {
  $log = Join-Path $env:TEMP "ballast-second-agent.txt"
  $second = Start-Process $Agent -ArgumentList "run" -RedirectStandardError $log -PassThru -WindowStyle Hidden
  Start-Sleep -Seconds 5
  if (-not $second.HasExited) { $second.Kill() }
  $said = Get-Content $log -Raw
  if ($said -notmatch "another program") { throw $said }
}
Test-Point "it is started again when its process ends" {
  $old = Get-AgentProcessId
  Stop-Process -Id $old -Force
  if (-not (Wait-Until 30 { $new = Get-AgentProcessId; $new -ne 0 -and $new -ne $old })) { throw "it does not run 30 s later" }
}
Test-Point "at rest it holds little memory and takes little of the processor" {
  Start-Sleep -Seconds 60
  $process = Get-Process -Id (Get-AgentProcessId)
  $cpu = $process.TotalProcessorTime.TotalSeconds
  Start-Sleep -Seconds 180
  $process.Refresh()
  $share = ($process.TotalProcessorTime.TotalSeconds - $cpu) / 180 * 100
  Write-Host ("      private {0:N1} MiB, working set {1:N1} MiB, processor {2:N3} %" -f ($process.PrivateMemorySize64 / $MiB), ($process.WorkingSet64 / $MiB), $share)
  if ($share -gt 1) { throw "more than 1 % of a processor" }
}

# --- pressure --------------------------------------------------------------------------------------------------------------------
if ($Squeeze) {
  Test-Point "Windows' low-memory notification reaches the agent at once" {
    $since = Get-Date
    $held = New-Object System.Collections.ArrayList
    try {
      $end = (Get-Date).AddSeconds(120)
      while ((Get-Date) -lt $end -and -not (Test-Line $since "demanded")) {
        $block = New-Object byte[] (32 * $MiB)
        for ($at = 0; $at -lt $block.Length; $at += 4096) { $block[$at] = 1 }
        [void]$held.Add($block)
      }
    } finally {
      $held.Clear()
      [GC]::Collect()
    }
    if (-not (Wait-Until 10 { Test-Line $since "demanded" })) { throw "the agent did not demand memory" }
  }
}

# --- end -------------------------------------------------------------------------------------------------------------------------
Test-Point "stop ends it within ten seconds" {
  & $Agent stop | Out-Null
  if (-not (Wait-Until 10 { (Get-Service $ServiceName).Status -eq "Stopped" })) { throw (Get-Service $ServiceName).Status }
}
Test-Point "start runs it again" {
  & $Agent start | Out-Null
  if ((Get-Service $ServiceName).Status -ne "Running") { throw (Get-Service $ServiceName).Status }
}
Test-Point "uninstall leaves neither service nor program" {
  & $Agent uninstall | Out-Null
  if (-not (Wait-Until 10 { -not (Get-Service $ServiceName -ErrorAction SilentlyContinue) })) { throw "the service is still there" }
  if (Test-Path "$env:ProgramFiles\Ballast") { throw "$env:ProgramFiles\Ballast is still there" }
}

Write-Host ""
Write-Host "$script:Passed passed, $script:Failed failed"
if ($script:Failed -gt 0) { exit 1 }
