/* ptoc_math.h - every transcendental, one implementation for all engines: pt_F_f32(x) and pt_F_f64(x) for
 * exp exp2 log log2 log1p sigmoid tanh silu gelu erf sin cos, and pt_pow_T(x, y).
 *
 * Within 2 ulp (each part says how much better) over the whole range; + - * / alone, no libm, so that compilers, optimisation
 * levels and CPUs agree to the last bit. */
#ifndef PTOC_MATH_H
#define PTOC_MATH_H
#include "ptoc_erf.h"
#include "ptoc_mathd.h"
#include "ptoc_mathf.h"
#include "ptoc_trig.h"
#endif
