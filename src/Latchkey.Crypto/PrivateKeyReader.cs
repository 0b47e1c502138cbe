using System.Buffers.Text;
using System.Security.Cryptography;

namespace Latchkey.Crypto;

/// <summary>
/// Reads a private key as it lies in a file: PEM or DER of PKCS#8, encrypted PKCS#8, SEC1 (<c>EC PRIVATE KEY</c>) and
/// PKCS#1 (<c>RSA PRIVATE KEY</c>). Other PEM blocks beside the key (certificates, EC PARAMETERS) are passed over.
/// </summary>
public static class PrivateKeyReader
{
    /// <summary>Reads the first private key in <paramref name="fileBytes"/> and makes sure that its halves belong together.</summary>
    /// <param name="crypto">What imports and keeps the key.</param>
    /// <param name="fileBytes">The whole file; the caller zeroes it. Copies made here are zeroed here.</param>
    /// <param name="passphrase">UTF-8, for encrypted PKCS#8 only; empty for none.</param>
    /// <exception cref="CryptographicException">
    /// No key, an unsupported kind, a wrong passphrase, a damaged key; the message says which, in words for an operator.
    /// </exception>
    public static PrivateKey Read(CryptoProvider crypto, ReadOnlySpan<byte> fileBytes, ReadOnlySpan<byte> passphrase = default)
    {
        using SecretBytes pkcs8 = ReadPkcs8(crypto, fileBytes, passphrase);
        return Import(crypto, pkcs8.Span);
    }

    /// <summary>The same, as unencrypted PKCS#8, which the caller owns; whether the halves belong together is not looked at.</summary>
    /// <exception cref="CryptographicException">As for <see cref="Read"/>.</exception>
    public static SecretBytes ReadPkcs8(CryptoProvider crypto, ReadOnlySpan<byte> fileBytes, ReadOnlySpan<byte> passphrase = default)
    {
        ArgumentNullException.ThrowIfNull(crypto);
        if (LooksLikeDer(fileBytes))
            return ReadDer(crypto, fileBytes, passphrase);
        ReadOnlySpan<byte> rest = fileBytes;
        while (PemEncoding.TryFindUtf8(rest, out PemFields fields))
        {
            if (IsPrivateKeyLabel(rest[fields.Label]))
                return ReadPem(crypto, rest, fields, passphrase);
            rest = rest[fields.Location.End..];
        }
        // RFC 1421 headers are not PEM in the sense of RFC 7468, so the search passes over such blocks.
        throw new CryptographicException(fileBytes.IndexOf("Proc-Type: 4,ENCRYPTED"u8) >= 0 || fileBytes.IndexOf("-----BEGIN DSA PRIVATE KEY"u8) >= 0
            ? "The key is in one of OpenSSL's old PEM forms; convert it with: openssl pkcs8 -topk8 -in old.key -out new.key"
            : "There is no private key here: PEM with PRIVATE KEY, ENCRYPTED PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY, or DER of these, was expected.");
    }

    private static bool LooksLikeDer(ReadOnlySpan<byte> bytes) => bytes.Length > 2 && bytes[0] == 0x30 && (bytes[1] > 0x7F || bytes[1] == bytes.Length - 2); // the short form is Ed25519's

    private static bool IsPrivateKeyLabel(ReadOnlySpan<byte> label) =>
        label.SequenceEqual("PRIVATE KEY"u8) || label.SequenceEqual("ENCRYPTED PRIVATE KEY"u8)
        || label.SequenceEqual("EC PRIVATE KEY"u8) || label.SequenceEqual("RSA PRIVATE KEY"u8);

    private static SecretBytes ReadPem(CryptoProvider crypto, ReadOnlySpan<byte> file, PemFields fields, ReadOnlySpan<byte> passphrase)
    {
        using var der = new SecretBytes(fields.DecodedDataLength);
        Base64.DecodeFromUtf8(file[fields.Base64Data], der.Span, out _, out int written);
        return ReadDer(crypto, der.Span[..written], passphrase);
    }

    private static SecretBytes ReadDer(CryptoProvider crypto, ReadOnlySpan<byte> der, ReadOnlySpan<byte> passphrase)
    {
        switch (PrivateKeyForm.Of(der))
        {
            case PrivateKeyEncoding.Pkcs8:
                return SecretBytes.CopyOf(der);
            case PrivateKeyEncoding.EncryptedPkcs8:
                return Decrypt(crypto, der, passphrase);
            case PrivateKeyEncoding.Pkcs1:
                return PrivateKeyForm.WrapPkcs1(der);
            case PrivateKeyEncoding.Sec1:
                return PrivateKeyForm.WrapSec1(der);
            default:
                throw new CryptographicException("This is DER, but not of a private key: PKCS#8, encrypted PKCS#8, SEC1 or PKCS#1 was expected.");
        }
    }

    private static SecretBytes Decrypt(CryptoProvider crypto, ReadOnlySpan<byte> encrypted, ReadOnlySpan<byte> passphrase)
    {
        if (passphrase.IsEmpty)
            throw new CryptographicException("The private key is encrypted and no passphrase was given.");
        try
        {
            SecretBytes decrypted = crypto.DecryptPkcs8(encrypted, passphrase);
            // One wrong passphrase in 256 leaves valid padding behind, but not a PKCS#8 structure.
            if (PrivateKeyForm.Of(decrypted.Span) == PrivateKeyEncoding.Pkcs8)
                return decrypted;
            decrypted.Dispose();
        }
        catch (CryptographicException problem)
        {
            throw new CryptographicException("Wrong passphrase, or the encrypted private key is damaged.", problem);
        }
        throw new CryptographicException("Wrong passphrase, or the encrypted private key is damaged.");
    }

    // A key file whose public half belongs to another key imports without complaint and then signs what nobody can verify.
    private static PrivateKey Import(CryptoProvider crypto, ReadOnlySpan<byte> pkcs8)
    {
        PrivateKey key = crypto.ImportPrivateKey(pkcs8);
        try
        {
            using PublicKey publicHalf = crypto.ImportPublicKey(key.SubjectPublicKeyInfo.Span);
            if (!publicHalf.IsHalfOf(key))
                throw new CryptographicException("The private key is damaged: its private and public halves do not belong together.");
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
