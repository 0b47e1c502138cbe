using System.Security.Cryptography;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>RSA decryption.</summary>
internal sealed unsafe partial class LibcryptoPrivateKey
{
    private readonly byte[] _modulus;

    /// <inheritdoc/>
    /// <remarks>
    /// libcrypto's RSA_padding_check_PKCS1_type_2 does the unpadding in constant-time C, as RSA_PKCS1_WITH_TLS_PADDING would; that one, though, puts fresh random
    /// bytes in the place of a bad premaster (<see cref="PremasterSubstitute"/>). A wrong length or a ciphertext not below the modulus is visible
    /// on the wire and no secret; still such a ciphertext is replaced by a random one and takes the same path.
    /// </remarks>
    public override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion)
    {
        ThrowUnlessRsa();
        Span<byte> ciphertext = stackalloc byte[_modulus.Length];
        RandomNumberGenerator.Fill(ciphertext);
        ciphertext[0] = 0; // below the modulus, whose first octet is not 0
        if (RsaModulus.IsCiphertext(encryptedPremaster, _modulus))
            encryptedPremaster.CopyTo(ciphertext);

        using SecretBytes block = DecryptRaw(ciphertext);
        Span<byte> plaintext = stackalloc byte[PremasterSubstitute.Size];
        plaintext.Clear();
        try
        {
            int length;
            fixed (byte* blockPointer = block.Span, plaintextPointer = plaintext)
                length = Native.RSA_padding_check_PKCS1_type_2(plaintextPointer, plaintext.Length, blockPointer, block.Length, block.Length);
            // Bad padding leaves an entry; .NET's own cryptography reads the same queue.
            LibcryptoError.Clear();
            return _substitute.Value.Unless(encryptedPremaster, clientVersion, plaintext, length);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <inheritdoc/>
    public override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext)
    {
        ThrowUnlessRsa();
        if (!RsaModulus.IsCiphertext(ciphertext, _modulus))
            throw new ArgumentException("The ciphertext has to have the modulus' length and be below it.", nameof(ciphertext));
        var plaintext = new SecretBytes(_modulus.Length);
        nint context = _raw.Rent();
        nuint length = (nuint)plaintext.Length;
        int result;
        fixed (byte* inputPointer = ciphertext, outputPointer = plaintext.Span)
            result = Native.EVP_PKEY_decrypt(context, outputPointer, &length, inputPointer, (nuint)ciphertext.Length);
        _raw.Return(context);
        if (result == 1 && length == (nuint)plaintext.Length)
            return plaintext;
        plaintext.Dispose();
        throw LibcryptoError.Take("RSA decryption failed");
    }

    private PremasterSubstitute MakeSubstitute()
    {
        using SecretBytes signature = DecryptRaw(PremasterSubstitute.Block(_modulus.Length));
        return new PremasterSubstitute(signature.Span);
    }

    private void ThrowUnlessRsa()
    {
        ObjectDisposedException.ThrowIf(_key.IsClosed, this);
        if (Algorithm != KeyAlgorithm.Rsa)
            throw new ArgumentException($"An {Algorithm} key does not decrypt.");
    }
}
