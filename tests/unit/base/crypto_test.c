#include "core/base/crypto.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

static void expect_hex(const unsigned char hash[CRYPTO_SHA256_SIZE], const char *want)
{
    char hex[2 * CRYPTO_SHA256_SIZE + 1];

    crypto_hex(hash, CRYPTO_SHA256_SIZE, hex);
    CHECK_STR(hex, want);
}

/* FIPS 180-4's examples, and the empty text that every GET is signed with. */
static void test_sha256_knows_its_examples(void **state)
{
    unsigned char hash[CRYPTO_SHA256_SIZE];
    struct err err = {0};

    (void)state;
    REQUIRE_OK(crypto_sha256(SV("abc"), hash, &err), &err);
    expect_hex(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    REQUIRE_OK(crypto_sha256(SV_NONE, hash, &err), &err);
    expect_hex(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    REQUIRE_OK(
        crypto_sha256(SV("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), hash, &err),
        &err);
    expect_hex(hash, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* RFC 4231, cases 1, 2 and 6. */
static void test_hmac_knows_its_examples(void **state)
{
    unsigned char hash[CRYPTO_SHA256_SIZE];
    char key[131];
    struct err err = {0};

    (void)state;
    memset(key, 0x0b, 20);
    REQUIRE_OK(crypto_hmac(sv_make(key, 20), SV("Hi There"), hash, &err), &err);
    expect_hex(hash, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    REQUIRE_OK(crypto_hmac(SV("Jefe"), SV("what do ya want for nothing?"), hash, &err), &err);
    expect_hex(hash, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    REQUIRE_OK(crypto_hmac(sv_make(key, sizeof key),
                           SV("Test Using Larger Than Block-Size Key - Hash Key First"), hash,
                           &err),
               &err);
    expect_hex(hash, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* An empty key is a key, not the one from before. */
static void test_an_empty_key_is_not_the_last_one(void **state)
{
    unsigned char first[CRYPTO_SHA256_SIZE];
    unsigned char second[CRYPTO_SHA256_SIZE];
    struct err err = {0};

    (void)state;
    REQUIRE_OK(crypto_hmac(SV("key"), SV("x"), first, &err), &err);
    REQUIRE_OK(crypto_hmac(SV_NONE, SV(""), second, &err), &err);
    expect_hex(second, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_a_prepared_key_is_good_for_many(void **state)
{
    struct crypto_key *key;
    struct crypto_key *other;
    unsigned char hash[CRYPTO_SHA256_SIZE];
    struct err err = {0};

    (void)state;
    REQUIRE_OK(crypto_key_new(SV("Jefe"), &key, &err), &err);
    REQUIRE_OK(crypto_key_new(SV("else"), &other, &err), &err);
    for (int i = 0; i < 3; i++) {
        REQUIRE_OK(crypto_key_hmac(other, SV("noise"), hash, &err), &err);
        REQUIRE_OK(crypto_key_hmac(key, SV("what do ya want for nothing?"), hash, &err), &err);
        expect_hex(hash, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
    crypto_key_free(key);
    crypto_key_free(other);
    crypto_key_free(NULL);
}

static void test_random_bytes_fill_any_size(void **state)
{
    unsigned char bytes[1000] = {0};
    struct err err = {0};
    int zeroes = 0;

    (void)state;
    REQUIRE_OK(crypto_random(bytes, sizeof bytes, &err), &err);
    for (size_t i = 0; i < sizeof bytes; i++)
        zeroes += bytes[i] == 0;
    CHECK_TRUE(zeroes < 100);
}

static void test_wiping_leaves_nothing(void **state)
{
    char secret[] = "secret";

    (void)state;
    crypto_wipe(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++)
        CHECK_INT(secret[i], 0);
    crypto_wipe(NULL, 5);
}

static void test_a_failing_allocation_is_told(void **state)
{
    struct crypto_key *key;
    struct err err = {0};

    (void)state;
    mem_fail_at(1);
    CHECK_INT(crypto_key_new(SV("k"), &key, &err), ERR_LIMIT);
    mem_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sha256_knows_its_examples),        TEST(test_hmac_knows_its_examples),
        TEST(test_an_empty_key_is_not_the_last_one), TEST(test_a_prepared_key_is_good_for_many),
        TEST(test_random_bytes_fill_any_size),       TEST(test_wiping_leaves_nothing),
        TEST(test_a_failing_allocation_is_told),
    };

    return RUN(tests);
}
