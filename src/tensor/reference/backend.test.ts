import { backendContract } from "../../../testing/backend-contract.ts";
import { referenceBackend } from "./backend.ts";

// Golden numbers have 12 digits; constants and feeds are float32.
backendContract({ backend: referenceBackend, tolerance: 2e-7 });
