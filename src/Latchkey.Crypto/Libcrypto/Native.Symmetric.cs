using System.Runtime.InteropServices;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>Ciphers, MACs and digests.</summary>
internal static unsafe partial class Native
{
    internal const int EVP_CTRL_AEAD_GET_TAG = 0x10;
    internal const int EVP_CTRL_AEAD_SET_TAG = 0x11;

    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint EVP_CIPHER_fetch(nint library, string algorithm, nint properties);
    [LibraryImport(Lib)] internal static partial nint EVP_CIPHER_CTX_new();
    [LibraryImport(Lib)] internal static partial void EVP_CIPHER_CTX_free(nint context);
    [LibraryImport(Lib)] internal static partial int EVP_CIPHER_CTX_ctrl(nint context, int type, int argument, byte* pointer);
    [LibraryImport(Lib)] internal static partial int EVP_EncryptInit_ex2(nint context, nint cipher, byte* key, byte* iv, nint parameters);
    [LibraryImport(Lib)] internal static partial int EVP_EncryptUpdate(nint context, byte* output, int* written, byte* input, int length);
    [LibraryImport(Lib)] internal static partial int EVP_EncryptFinal_ex(nint context, byte* output, int* written);
    [LibraryImport(Lib)] internal static partial int EVP_DecryptInit_ex2(nint context, nint cipher, byte* key, byte* iv, nint parameters);
    [LibraryImport(Lib)] internal static partial int EVP_DecryptUpdate(nint context, byte* output, int* written, byte* input, int length);
    [LibraryImport(Lib)] internal static partial int EVP_DecryptFinal_ex(nint context, byte* output, int* written);

    [LibraryImport(Lib)] internal static partial int EVP_CIPHER_CTX_get_params(nint context, OsslParam* parameters);

    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint EVP_MAC_fetch(nint library, string algorithm, nint properties);
    [LibraryImport(Lib)] internal static partial nint EVP_MAC_CTX_new(nint mac);
    [LibraryImport(Lib)] internal static partial nint EVP_MAC_CTX_dup(nint context);
    [LibraryImport(Lib)] internal static partial void EVP_MAC_CTX_free(nint context);
    [LibraryImport(Lib)] internal static partial int EVP_MAC_init(nint context, byte* key, nuint keyLength, OsslParam* parameters);
    [LibraryImport(Lib)] internal static partial int EVP_MAC_CTX_set_params(nint context, OsslParam* parameters);
    [LibraryImport(Lib)] internal static partial int EVP_MAC_update(nint context, byte* data, nuint length);
    [LibraryImport(Lib)] internal static partial int EVP_MAC_final(nint context, byte* output, nuint* written, nuint size);

    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint EVP_MD_fetch(nint library, string algorithm, nint properties);
    [LibraryImport(Lib)] internal static partial nint EVP_MD_CTX_new();
    [LibraryImport(Lib)] internal static partial void EVP_MD_CTX_free(nint context);
    [LibraryImport(Lib)] internal static partial int EVP_MD_CTX_copy_ex(nint destination, nint source);
    [LibraryImport(Lib)] internal static partial int EVP_DigestInit_ex2(nint context, nint digest, nint parameters);
    [LibraryImport(Lib)] internal static partial int EVP_DigestUpdate(nint context, byte* data, nuint length);
    [LibraryImport(Lib)] internal static partial int EVP_DigestFinal_ex(nint context, byte* digest, uint* length);
}
