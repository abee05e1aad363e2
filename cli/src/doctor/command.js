import { Command } from "commander";
export function doctorCommand() { return new Command("doctor"); }
