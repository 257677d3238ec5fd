/* A fuzz target without a fuzzer: runs each file of a directory through it once. */
#include <dirent.h>
#include <stdint.h>

#include "core/base/mem.h"
#include "core/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1024 * 1024 };

static bool replay(const char *folder, const char *name)
{
    static uint8_t bytes[INPUT_MAX];
    char path[4096];
    uint8_t *exact;
    size_t len;
    FILE *in;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    in = fopen(path, "rb");
    if (in == NULL)
        return false;
    len = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    /* A copy of just its size, so that a sanitizer sees the first byte past it. */
    exact = mem_alloc(len);
    if (exact == NULL)
        return false;
    memcpy(exact, bytes, len);
    (void)LLVMFuzzerTestOneInput(exact, len);
    mem_free(exact);
    return true;
}

int main(int argc, char **argv)
{
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    struct dirent *entry;
    int count = 0;

    if (dir == NULL) {
        fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
        return 2;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (!replay(argv[1], entry->d_name)) {
            fprintf(stderr, "%s cannot be read\n", entry->d_name);
            return 1;
        }
        count++;
    }
    closedir(dir);
    printf("%d inputs\n", count);
    return count > 0 ? 0 : 1;
}
