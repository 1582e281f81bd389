/* pieces.h - the runtime's headers in pieces, one table for each number of lanes; the tables are made by split at build time.
 * Texts are offsets, so that the tables need no relocation when the compiler starts. */
#ifndef PTOC_BACKENDS_PIECES_H
#define PTOC_BACKENDS_PIECES_H
#include <stdint.h>

enum { PTOC_PIECE_SPACED = 1, PTOC_PIECE_ALWAYS = 2 };

typedef struct PtocPiece {
    uint32_t text, spoken; /* spoken: first of nspoken places of ptoc_piece_lists: names that it mentions */
    uint16_t nspoken, branch;
    uint8_t file, flags;
} PtocPiece;

/* Branches of one group stand in one #if .. #elif .. #else; branch 0 is the text outside all. */
typedef struct PtocBranch {
    uint32_t condition; /* 0: else */
    uint16_t parent, group, nth;
} PtocBranch;

typedef struct PtocName {
    uint32_t text, pieces; /* pieces: first of npieces places of ptoc_piece_lists: what defines it */
    uint16_t npieces;
} PtocName;

typedef struct PtocPieces {
    const PtocPiece *pieces;
    const PtocBranch *branches;
    const PtocName *names;  /* sorted */
    const uint32_t *titles; /* of the files */
    int lanes, npieces, nbranches, nnames, nfiles;
} PtocPieces;

extern const char ptoc_piece_text[];
extern const uint16_t ptoc_piece_lists[];
extern const PtocPieces ptoc_pieces[];
extern const int ptoc_pieces_count;
#endif
