package bench

import "time"

// CPU is the processor time that this process has used so far, all threads,
// system calls included; zero where the system does not tell.
func CPU() time.Duration { return cpu() }
