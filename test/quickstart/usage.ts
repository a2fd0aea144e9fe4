/** Owns the quickstart's help. */

export const USAGE = `npm run quickstart [-- OPTIONS]

Boots three real guests with the agent inside, runs the broker over them on a budget that cannot hold all
maxima, and shows how idle memory is lent to the guest that bursts and comes back later. About 90 seconds.

  --yes    install missing Debian packages without asking
  --keep   leave guests and broker running, and say how to look at them and how to end them

BALLAST_QUICKSTART=simulated   simulated guests instead of QEMU; so it is also done where QEMU cannot be had
BALLAST_QUICKSTART_PICTURE=FILE  the whole run as a picture (SVG)
BALLAST_TEST_ACCEL=kvm         KVM instead of software emulation
NO_COLOR=1                     no colours

Exit status 0: nobody was killed and the budget was kept; 1: it was not so, or something failed.
`;
