/* sign_bench SIGNATURES: microseconds for one signature in the header form with a cached key, eight
 * signed headers, a session token and a body of 40 bytes, its hash included. */
#include "bench.h"

#include "core/aws/cred.h"
#include "core/aws/sign.h"

enum { BLOCKS = 21, HEADER_CAP = 8192 };

static char access_key[] = "AKIDEXAMPLE";
static char secret_key[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
static char token[] =
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfI"
    "eoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0"
    "wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+"
    "scqKmlzm8FDrypN"
    "C9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

static void sign(struct sign_keys *keys, const struct cred *cred, struct sb *out)
{
    char hash[SIGN_HEX_SIZE];
    struct err err;
    struct http_header headers[] = {
        {SV("content-length"), SV("40")},
        {SV("content-type"), SV("application/x-amz-json-1.1")},
        {SV("host"), SV("codepipeline.eu-west-1.amazonaws.com")},
        {SV("user-agent"), SV("penstock/0.1.0")},
        {SV("x-amz-content-sha256"), SV_NONE},
        {SV("x-amz-target"), SV("CodePipeline_20150709.GetPipelineState")},
    };
    struct sign_input in = {
        .method = SV("POST"),
        .path = SV("/"),
        .headers = headers,
        .header_count = ARRAY_LEN(headers),
        .region = SV("eu-west-1"),
        .service = SV("codepipeline"),
        .time_ms = 1795225020000,
    };

    bench_must(sign_hash(SV("{\"name\":\"data-lake-ingest-orders-production\"}"), hash, &err),
               "hash", &err);
    in.payload_hash = sv_make(hash, SIGN_HEX_SIZE - 1);
    headers[4].value = in.payload_hash;
    sb_clear(out);
    bench_must(sign_header(keys, cred, &in, out, &err), "sign", &err);
}

int main(int argc, char **argv)
{
    struct cred cred = {.access_key = access_key, .secret_key = secret_key, .token = token};
    long count = bench_number(argc > 1 ? argv[1] : NULL) / BLOCKS + 1;
    double us[BLOCKS];
    struct sign_keys *keys;
    struct err err;
    struct sb out;

    sb_init(&out, HEADER_CAP);
    bench_must(sign_keys_new(&keys, &err), "keys", &err);
    sign(keys, &cred, &out);
    for (int block = 0; block < BLOCKS; block++) {
        int64_t began = bench_cpu_ns();

        for (long i = 0; i < count; i++)
            sign(keys, &cred, &out);
        us[block] = (double)(bench_cpu_ns() - began) / 1000 / (double)count;
    }
    bench_put("sign_us", bench_median(us, BLOCKS));
    bench_put("sign_us_best", us[0]);
    sign_keys_free(keys);
    sb_release(&out);
    return 0;
}
