/* ptoc_rt.c - the library of --runtime=external. The runtime is made of inline functions; the library tells its version. */
#include "ptoc_rt.h"

int ptoc_rt_version(void);

int ptoc_rt_version(void) { return PTOC_RT_VERSION; }
