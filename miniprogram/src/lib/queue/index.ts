export { Queue, type PassEnd, type QueuePorts } from './queue'
export { ADVICE } from './remedies'
export * from './ports'
export * from './records'
