// Compile the Python files of the folder argv[2] with Python 3.13, the version that Lambda runs.
// Pyodide is CPython compiled to WebAssembly. Its bytecode is the same, and npm installs it on any machine with node.
import { loadPyodide } from "pyodide";

const python = await loadPyodide({ env: { PYTHONHASHSEED: "0" } }); // same input, same bytes
python.mountNodeFS("/bundle", process.argv[2]);
const problem = python.runPython(`
import compileall, importlib.util, py_compile, sys
from pathlib import Path

compiled = compileall.compile_dir(
    "/bundle",
    quiet=1,
    # Files on Lambda have no useful modification times, so the bytecode is never compared with them.
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    stripdir="/bundle",
    prependdir="/var/task",
)
if sys.version_info[:2] != (3, 13):
    problem = f"Pyodide contains Python {sys.version}, but the functions run on 3.13."
elif not compiled:
    problem = "Some files could not be compiled. The messages above name them."
else:
    problem = ""
problem
`);
if (problem) {
  console.error(problem);
  process.exit(1);
}
