namespace Latchkey.Crypto.Libcrypto;

/// <summary>Encrypted PKCS#8: PBES2 and what else libcrypto's default provider decrypts.</summary>
internal static unsafe class EncryptedKey
{
    internal static SecretBytes Decrypt(ReadOnlySpan<byte> encryptedPkcs8, ReadOnlySpan<byte> passphrase)
    {
        nint info = 0;
        fixed (byte* start = encryptedPkcs8, passphrasePointer = passphrase)
        {
            byte* position = start;
            nint encrypted = Native.d2i_X509_SIG(0, &position, encryptedPkcs8.Length);
            if (encrypted != 0)
                info = Native.PKCS8_decrypt(encrypted, passphrasePointer, passphrase.Length);
            Native.X509_SIG_free(encrypted);
        }
        if (info == 0)
            throw LibcryptoError.Take("Decrypting the private key failed");
        try
        {
            int length = Native.i2d_PKCS8_PRIV_KEY_INFO(info, null);
            if (length <= 0)
                throw LibcryptoError.Take("Decrypting the private key failed");
            var pkcs8 = new SecretBytes(length);
            fixed (byte* start = pkcs8.Span)
            {
                byte* position = start;
                if (Native.i2d_PKCS8_PRIV_KEY_INFO(info, &position) != length)
                    throw LibcryptoError.Take("Decrypting the private key failed");
            }
            return pkcs8;
        }
        finally
        {
            Native.PKCS8_PRIV_KEY_INFO_free(info); // cleanses its copy of the key
        }
    }
}
