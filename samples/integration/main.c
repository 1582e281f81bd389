/* Calls the generated `scale` and checks its result. */
#include <stdio.h>

#include "scale.h"

int main(void) {
    enum { ROWS = 3, COLUMNS = 4 };
    float x[ROWS * COLUMNS], y[ROWS * COLUMNS];
    for (int i = 0; i < ROWS * COLUMNS; i++)
        x[i] = (float)i;
    scale_args args = {.B = ROWS, .N = COLUMNS, .X = x, .Y = y};
    int status = scale(&args, NULL);
    if (status != 0) {
        fprintf(stderr, "scale failed with status %d\n", status);
        return 1;
    }
    for (int r = 0; r < ROWS; r++) {
        float sum = 0;
        for (int c = 0; c < COLUMNS; c++)
            sum += x[r * COLUMNS + c];
        for (int c = 0; c < COLUMNS; c++) {
            float expected = x[r * COLUMNS + c] * 2 + sum;
            if (y[r * COLUMNS + c] != expected) {
                fprintf(stderr, "Y[%d, %d] is %g, expected %g\n", r, c, (double)y[r * COLUMNS + c], (double)expected);
                return 1;
            }
        }
    }
    puts("scale: ok");
    return 0;
}
