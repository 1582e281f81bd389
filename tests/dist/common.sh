# What the tests of distributed programs share. 77: skipped.
for tool in "${MPICC:-mpicc}" mpirun; do
    command -v "$tool" >/dev/null || { echo "skipped: there is no $tool (libopenmpi-dev, openmpi-bin)"; exit 77; }
done
# need HOW: what --dist=HOW takes besides
need() {
    [ "$1" = mpi ] || pkg-config --exists starpumpi-1.3 || { echo "skipped: pkg-config knows no starpumpi-1.3 (libstarpu-dev)"; exit 77; }
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
shared_memory() { env OMPI_MCA_btl=self,vader "$@"; }
loopback() { env OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_pml=ob1 "$@"; }
step() { # step COMMAND...: its output is shown when it fails
    "$@" >"$dir/log" 2>&1 || { echo "failed: $*"; cat "$dir/log"; exit 1; }
}
