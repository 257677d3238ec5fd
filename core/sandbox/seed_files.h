/* The files of a seeded repository: some two dozen of a data platform, each in versions. What
 * a version says follows from its id. */
#ifndef PENSTOCK_SANDBOX_SEED_FILES_H
#define PENSTOCK_SANDBOX_SEED_FILES_H

#include "core/sandbox/ids.h"

size_t seed_files_count(void);
struct sv seed_file_path(size_t file);
int seed_file_mode(size_t file);
/* Added by the first commit that touches it, or removed by that; else it is there all the time. */
enum seed_file_life { SEED_FILE_STAYS, SEED_FILE_IS_ADDED, SEED_FILE_IS_REMOVED };
enum seed_file_life seed_file_life(size_t file);
enum err_code seed_file_text(size_t file, struct uid version, struct sb *out,
                             struct err *err) MUST_CHECK;

#endif
