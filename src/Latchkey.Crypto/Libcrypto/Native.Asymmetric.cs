using System.Runtime.InteropServices;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>Keys: reading and writing them, exchange, signatures, RSA decryption.</summary>
internal static unsafe partial class Native
{
    internal const int RSA_PKCS1_PADDING = 1;
    internal const int RSA_NO_PADDING = 3;
    internal const int RSA_PKCS1_PSS_PADDING = 6;

    /// <summary>The salt is as long as the digest.</summary>
    internal const int RSA_PSS_SALTLEN_DIGEST = -1;

    [LibraryImport(Lib)] internal static partial nint EVP_PKEY_new();
    [LibraryImport(Lib)] internal static partial void EVP_PKEY_free(nint key);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_copy_parameters(nint to, nint from);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_set1_encoded_public_key(nint key, byte* value, nuint length);
    [LibraryImport(Lib)] internal static partial nuint EVP_PKEY_get1_encoded_public_key(nint key, nint* value);
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint EVP_PKEY_new_raw_public_key_ex(nint library, string type, nint properties, byte* value, nuint length);

    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint EVP_PKEY_CTX_new_from_name(nint library, string name, nint properties);
    [LibraryImport(Lib)] internal static partial nint EVP_PKEY_CTX_new_from_pkey(nint library, nint key, nint properties);
    [LibraryImport(Lib)] internal static partial void EVP_PKEY_CTX_free(nint context);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_keygen_init(nint context);
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)] internal static partial int EVP_PKEY_CTX_set_group_name(nint context, string name);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_generate(nint context, nint* key);

    [LibraryImport(Lib)] internal static partial int EVP_PKEY_get_raw_private_key(nint key, byte* value, nuint* length);
    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)] internal static partial int EVP_PKEY_get_bn_param(nint key, string name, nint* number);
    [LibraryImport(Lib)] internal static partial int BN_bn2binpad(nint number, byte* to, int length);
    [LibraryImport(Lib)] internal static partial void BN_clear_free(nint number);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_fromdata_init(nint context);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_fromdata(nint context, nint* key, int selection, OsslParam* parameters);

    [LibraryImport(Lib)] internal static partial int EVP_PKEY_derive_init_ex(nint context, nint parameters);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_derive_set_peer_ex(nint context, nint peer, int validate);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_derive(nint context, byte* secret, nuint* length);

    [LibraryImport(Lib)] internal static partial int EVP_PKEY_sign_init_ex(nint context, nint parameters);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_sign(nint context, byte* signature, nuint* signatureLength, byte* hash, nuint hashLength);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_verify_init_ex(nint context, nint parameters);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_verify(nint context, byte* signature, nuint signatureLength, byte* hash, nuint hashLength);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_CTX_set_signature_md(nint context, nint digest);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_CTX_set_rsa_padding(nint context, int padding);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_CTX_set_rsa_pss_saltlen(nint context, int length);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_CTX_set_params(nint context, OsslParam* parameters);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_decrypt_init_ex(nint context, nint parameters);
    [LibraryImport(Lib)] internal static partial int EVP_PKEY_decrypt(nint context, byte* output, nuint* outputLength, byte* input, nuint inputLength);

    [LibraryImport(Lib)] internal static partial int RSA_padding_check_PKCS1_type_2(byte* to, int room, byte* block, int length, int modulusLength);

    [LibraryImport(Lib)] internal static partial int EVP_DigestSignInit_ex(nint context, nint* keyContext, nint digestName, nint library, nint properties, nint key, nint parameters);
    [LibraryImport(Lib)] internal static partial int EVP_DigestSign(nint context, byte* signature, nuint* signatureLength, byte* message, nuint messageLength);
    [LibraryImport(Lib)] internal static partial int EVP_DigestVerifyInit_ex(nint context, nint* keyContext, nint digestName, nint library, nint properties, nint key, nint parameters);
    [LibraryImport(Lib)] internal static partial int EVP_DigestVerify(nint context, byte* signature, nuint signatureLength, byte* message, nuint messageLength);

    [LibraryImport(Lib)] internal static partial nint d2i_PUBKEY(nint reuse, byte** der, nint length);
    [LibraryImport(Lib)] internal static partial int i2d_PUBKEY(nint key, byte** der);
    [LibraryImport(Lib)] internal static partial nint d2i_PKCS8_PRIV_KEY_INFO(nint reuse, byte** der, nint length);
    [LibraryImport(Lib)] internal static partial void PKCS8_PRIV_KEY_INFO_free(nint info);
    [LibraryImport(Lib)] internal static partial nint EVP_PKCS82PKEY(nint info);
    [LibraryImport(Lib)] internal static partial nint EVP_PKEY2PKCS8(nint key);
    [LibraryImport(Lib)] internal static partial int i2d_PKCS8_PRIV_KEY_INFO(nint info, byte** der);
    [LibraryImport(Lib)] internal static partial nint d2i_X509_SIG(nint reuse, byte** der, nint length);
    [LibraryImport(Lib)] internal static partial void X509_SIG_free(nint encrypted);
    [LibraryImport(Lib)] internal static partial nint PKCS8_decrypt(nint encrypted, byte* passphrase, int length);
}

/// <summary>OSSL_PARAM, an entry of the parameter arrays of 3.x.</summary>
internal unsafe struct OsslParam
{
    internal byte* Key;
    internal uint DataType;
    internal void* Data;
    internal nuint DataSize;
    internal nuint ReturnSize;

    /// <summary>OSSL_PARAM_UNSIGNED_INTEGER in native byte order.</summary>
    internal const uint UnsignedInteger = 2;

    /// <summary>OSSL_PARAM_UTF8_STRING; the data's size leaves out a terminating zero.</summary>
    internal const uint Utf8String = 4;

    /// <summary>OSSL_PARAM_OCTET_STRING.</summary>
    internal const uint OctetString = 5;

    /// <summary>OSSL_PARAM_OCTET_PTR: the data is the place for a pointer to libcrypto's bytes.</summary>
    internal const uint OctetPointer = 7;
}
