// Package faulttest breaks what nodes stand on, and looks at what is left:
//
//   - at each place of a story at which a node writes, the write fails, or is
//     reported as failed and happened;
//   - the files under a database fail as disks do: writes cut short, pages torn,
//     space used up, a sync that lies;
//   - clients share, take back and suspend at once, while disks fail and lines
//     are cut, and what they saw must be explained by one order of events.
//
// After each fault the folder is opened again, and must find itself whole and
// agree with its partner. docs/faults.md says what is tested and how a failure
// is repeated. The package holds tests alone.
package faulttest
