// Runs an ONNX model with ONNX Runtime (npm's onnxruntime-node) and prints its output as JSON.
// usage: node onnxruntime_logits.js MODEL IMAGES.f32 N C H W
const fs = require("fs");
const ort = require("onnxruntime-node");

async function main([model, images, ...shape]) {
    const bytes = fs.readFileSync(images);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const session = await ort.InferenceSession.create(model, {logSeverityLevel: 3});
    const input = new ort.Tensor("float32", values, shape.map(Number));
    const result = await session.run({[session.inputNames[0]]: input});
    const output = result[session.outputNames[0]];
    console.log(JSON.stringify({shape: output.dims.map(Number), values: Array.from(output.data)}));
}

main(process.argv.slice(2)).catch((error) => {
    console.error(String(error));
    process.exit(1);
});
