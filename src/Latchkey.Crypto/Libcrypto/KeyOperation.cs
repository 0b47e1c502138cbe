namespace Latchkey.Crypto.Libcrypto;

/// <summary>Sets up contexts for signing, verifying and decrypting with one key.</summary>
internal static unsafe class KeyOperation
{
    internal static nint NewSigning(KeyHandle key, SignaturePadding padding, DigestAlgorithm digest) =>
        SetUp(key, context => Native.EVP_PKEY_sign_init_ex(context, 0) == 1 && SetScheme(context, padding, digest), $"Signing with {padding} {digest}");

    internal static nint NewVerifying(KeyHandle key, SignaturePadding padding, DigestAlgorithm digest) =>
        SetUp(key, context => Native.EVP_PKEY_verify_init_ex(context, 0) == 1 && SetScheme(context, padding, digest), $"Verifying {padding} {digest}");

    internal static nint NewRawDecrypting(KeyHandle key) =>
        SetUp(key, context => Native.EVP_PKEY_decrypt_init_ex(context, 0) == 1 && Native.EVP_PKEY_CTX_set_rsa_padding(context, Native.RSA_NO_PADDING) == 1, "Raw RSA decryption");

    private static bool SetScheme(nint context, SignaturePadding padding, DigestAlgorithm digest) => padding switch
    {
        SignaturePadding.Pkcs1 => Native.EVP_PKEY_CTX_set_rsa_padding(context, Native.RSA_PKCS1_PADDING) == 1
            && Native.EVP_PKEY_CTX_set_signature_md(context, FetchedAlgorithms.Digest(digest)) == 1,
        SignaturePadding.Pss => Native.EVP_PKEY_CTX_set_rsa_padding(context, Native.RSA_PKCS1_PSS_PADDING) == 1
            && Native.EVP_PKEY_CTX_set_signature_md(context, FetchedAlgorithms.Digest(digest)) == 1
            && Native.EVP_PKEY_CTX_set_rsa_pss_saltlen(context, Native.RSA_PSS_SALTLEN_DIGEST) == 1,
        _ => Native.EVP_PKEY_CTX_set_signature_md(context, FetchedAlgorithms.Digest(digest)) == 1,
    };

    private static nint SetUp(KeyHandle key, Func<nint, bool> configure, string operation)
    {
        nint context = key.Hold(pointer => Native.EVP_PKEY_CTX_new_from_pkey(0, pointer, 0));
        if (context != 0 && configure(context))
            return context;
        Native.EVP_PKEY_CTX_free(context);
        throw LibcryptoError.Take($"{operation} could not be set up");
    }
}
