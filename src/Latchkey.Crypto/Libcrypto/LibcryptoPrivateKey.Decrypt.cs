using System.Security.Cryptography;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>RSA decryption.</summary>
internal sealed unsafe partial class LibcryptoPrivateKey
{
    private const int PremasterSize = 48;

    private readonly byte[] _modulus;

    /// <inheritdoc/>
    /// <remarks>
    /// libcrypto's RSA_PKCS1_WITH_TLS_PADDING does the unpadding and the choice of the random premaster in constant-time C.
    /// Raw RSA with unpadding of our own was the other way: the JIT promises nothing about branches, so it would have been
    /// the weaker one. What libcrypto treats as an error, a wrong length or a ciphertext not below the modulus, is visible
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

        Span<byte> output = stackalloc byte[MaxSignatureSize];
        var premaster = SecretBytes.Random(PremasterSize);
        nint context = _premaster.Rent();
        try
        {
            nuint length = MaxSignatureSize;
            int result;
            fixed (byte* inputPointer = ciphertext, outputPointer = output)
            {
                if (!KeyOperation.SetClientVersion(context, clientVersion))
                    throw LibcryptoError.Take("RSA decryption of a premaster secret could not be set up");
                result = Native.EVP_PKEY_decrypt(context, outputPointer, &length, inputPointer, (nuint)ciphertext.Length);
            }
            // Only failures that do not depend on the plaintext come here (out of memory, a faulty key).
            if (result != 1 || length != PremasterSize)
                throw LibcryptoError.Take("RSA decryption failed");
            output[..PremasterSize].CopyTo(premaster.Span);
            return premaster;
        }
        catch
        {
            premaster.Dispose();
            throw;
        }
        finally
        {
            _premaster.Return(context);
            CryptographicOperations.ZeroMemory(output);
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

    private void ThrowUnlessRsa()
    {
        ObjectDisposedException.ThrowIf(_key.IsClosed, this);
        if (Algorithm != KeyAlgorithm.Rsa)
            throw new ArgumentException($"An {Algorithm} key does not decrypt.");
    }
}
