// Package bench measures what the project promises about speed and memory, on
// real nodes: keys, stores, durable commits and mutual TLS on loopback. What is
// compared is the processor time of the whole process, since wall times vary
// with the machine and what else it does; beside each figure stands its target
// and how it relates to something this machine cannot do faster, measured in the
// same run.
package bench
