import { backendContract } from "../../../testing/backend-contract.ts";
import { onnxBackend } from "./onnxruntime.ts";

backendContract({ backend: onnxBackend("cpu"), tolerance: 2e-6 });
