/* The whole runtime as one unit, compiled to bitcode for every -march that the backend knows (cmake/PtocLlvm.cmake). The threads are
 * those of pool.h: the functions of OpenMP that the runtime asks get other names. */
#define omp_get_thread_num pt_pool_thread
#define omp_get_max_threads pt_pool_threads
#define omp_get_num_threads pt_pool_threads_here
#include "ptoc_rt.h"
#include "ptoc_task.h"
#undef omp_get_thread_num
#undef omp_get_max_threads
#undef omp_get_num_threads
#include "pool.h"

/* Code of this backend knows its thread (pt_task_begin_on). */
int pt_pool_thread(void) { return 0; }
int pt_pool_threads_here(void) { return 0; } /* they come as they can */

#include "ptoc_csr.h"
#include "ptoc_math.h"
#include "ptoc_pack.h"
#include "ptoc_pipetask.h"
#include "ptoc_plan.h"
#include "ptoc_print.h"
#include "ptoc_reduce.h"
#include "ptoc_team.h"
#include "ptoc_topk.h"
#include "ptoc_trace.h"
#include "ptoc_vec.h"
#include "ptoc_veccast.h"
#include "ptoc_vecred.h"
#include "ptoc_vectopk.h"
#include "ptoc_vmath.h"
