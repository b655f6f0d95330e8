/**
 * onnxruntime (1.30) keeps a device id in the home folder and tells its maker's servers of every session, unless this is set before it
 * is loaded. Nothing leaves the barn. A worker's variables are a copy that native code does not see: who starts one imports this too.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1'
