/* chart.c - the table as a picture: bars are multiples of the roofline, shorter is better. */
#include <stdio.h>
#include <string.h>
#include "bench.h"

enum { LEFT = 110, BAR = 11, GAP = 14, WIDTH = 720, LONGEST = 6 /* multiples of the roofline that fit */ };

static const char *const colours[] = {"#1f6feb", "#79b8ff", "#b08800", "#6a737d",
                                      "#e36209", "#999999", "#999999", "#999999"};

static int colour_of(const char *contender) {
    static const char *const known[] = {"ptoc-gcc", "ptoc-clang", "openblas", "onednn", "torch"};
    for (int i = 0; i < 5; i++)
        if (strcmp(known[i], contender) == 0)
            return i;
    return 5;
}

static void put_bar(FILE *f, const BenchResult *r, double roofline, int y) {
    double times = r->median_ms / roofline, scale = (WIDTH - LEFT - 150.0) / LONGEST;
    double shown = times > LONGEST ? LONGEST : times;
    fprintf(f, "<rect x='%d' y='%d' width='%.1f' height='%d' fill='%s'/>\n", LEFT, y, shown * scale, BAR - 1,
            colours[colour_of(r->contender)]);
    fprintf(f, "<text x='%.1f' y='%d'>%.2f%s  %s</text>\n", LEFT + shown * scale + 4, y + BAR - 2, times,
            times > LONGEST ? " (cut)" : "", r->contender);
}

bool bench_chart(const char *path, const BenchCase *const *cases, const BenchResult (*results)[BENCH_MAX_CONTENDERS],
                 const int *counts, const double *roofline_ms, int n) {
    FILE *f = fopen(path, "w");
    if (!f)
        return false;
    int height = 40;
    for (int i = 0; i < n; i++)
        height += counts[i] * BAR + GAP;
    double scale = (WIDTH - LEFT - 150.0) / LONGEST;
    fprintf(f,
            "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' font-size='9'>\n",
            WIDTH, height);
    fprintf(f, "<rect width='100%%' height='100%%' fill='white'/>\n");
    fprintf(f,
            "<text x='8' y='16' font-size='12'>Time as a multiple of the roofline measured in the same run (shorter is "
            "better)</text>\n");
    int y = 28;
    for (int i = 0; i < n; i++) {
        fprintf(f, "<text x='8' y='%d' font-size='11'>%s</text>\n", y + 10, cases[i]->name);
        int top = y;
        for (int j = 0; j < counts[i]; j++, y += BAR)
            put_bar(f, &results[i][j], roofline_ms[i], y);
        if (cases[i]->bar > 0)
            fprintf(f, "<line x1='%.1f' y1='%d' x2='%.1f' y2='%d' stroke='#d73a49'/>\n", LEFT + cases[i]->bar * scale,
                    top - 2, LEFT + cases[i]->bar * scale, y + 1);
        y += GAP;
    }
    fprintf(f, "<line x1='%.1f' y1='24' x2='%.1f' y2='%d' stroke='#333' stroke-dasharray='2,2'/>\n", LEFT + scale,
            LEFT + scale, y);
    fprintf(
        f, "<text x='8' y='%d'>dashed: the roofline; red: the bar that the generated code is to reach</text>\n</svg>\n",
        y + 8);
    return fclose(f) == 0;
}
