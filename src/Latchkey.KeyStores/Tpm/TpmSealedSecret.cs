using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;
using Latchkey.Crypto;
using Latchkey.KeyStores.Files;

namespace Latchkey.KeyStores.Tpm;

/// <summary>
/// A secret of any length in a file that one TPM alone can open. TPMs seal no more than 128 bytes: what is sealed is a random key (PEM <c>TSS2 PRIVATE KEY</c>, type sealed data), with which the
/// secret beside it is encrypted (PEM <c>LATCHKEY SEALED SECRET</c>: nonce, ciphertext, tag of AES-256-GCM, bound to the sealed key's public area).
/// </summary>
internal static class TpmSealedSecret
{
    private const string SealedData = "2.23.133.10.1.5", KeyLabel = "TSS2 PRIVATE KEY", SecretLabel = "LATCHKEY SEALED SECRET";
    private const string Expected = "a file that latchkey split has sealed";
    private const int KeySize = 32, NonceSize = 12, TagSize = 16, LongestAuthorization = 32;
    private const ushort KeyedHash = 0x0008, Sha256 = 0x000B, NoAlgorithm = 0x0010;
    private const uint FixedTpm = 1 << 1, FixedParent = 1 << 4, UserWithAuth = 1 << 6, NoDictionaryAttack = 1 << 10;

    /// <summary>The secret, which the caller disposes.</summary>
    /// <exception cref="KeyStoreException">The file is damaged, or was made for another TPM, or the TPM is out of reach.</exception>
    public static SecretBytes Read(TpmDevice device, TpmUri uri)
    {
        var (file, box) = ReadFile(uri.SealedFile!);
        var target = new TpmObject(uri.Text, persistentHandle: 0, file);
        using var authorization = Authorization(uri);
        try
        {
            using var key = device.Send(
                target,
                handle => new TpmCommand(TpmCommandCode.Unseal).UInt32(handle).Authorized(authorization.Span),
                answer => SecretBytes.CopyOf(answer.Parameters.Sized()));
            return Open(uri, key, file, box);
        }
        finally
        {
            device.Forget(target);
        }
    }

    /// <summary>Seals it into a new file.</summary>
    /// <exception cref="KeyStoreException">There is such a file, or no such parent, or the TPM is out of reach.</exception>
    public static void Write(TpmDevice device, TpmUri uri, SecretBytes secret)
    {
        using var key = SecretBytes.Random(KeySize);
        using var authorization = Authorization(uri);
        if (authorization.Length > LongestAuthorization)
            throw new KeyStoreException($"{uri.Text}: the authorization is longer than a TPM takes (expected at most {LongestAuthorization} bytes)");
        var file = device.Send(
            new TpmObject(uri.Text, uri.Parent, file: null),
            parent => Create(parent, key, authorization),
            answer => ReadCreated(uri.Parent, answer.Parameters));
        var box = new byte[NonceSize + secret.Length + TagSize];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        using (var aes = new AesGcm(key.Span, TagSize))
            aes.Encrypt(box.AsSpan(0, NonceSize), secret.Span, box.AsSpan(NonceSize, secret.Length), box.AsSpan(NonceSize + secret.Length), file.Public);
        SmallFile.WriteNew(uri.SealedFile!, Encoding.ASCII.GetBytes($"{PemEncoding.WriteString(KeyLabel, Encode(file, authorization.Length == 0))}\n{PemEncoding.WriteString(SecretLabel, box)}\n"));
    }

    // TPM 2.0 Part 3 §12.1. Guesses of an authorization count as attacks on the TPM's dictionary; where there is none, nothing is guessed.
    private static TpmCommand Create(uint parent, SecretBytes key, SecretBytes authorization)
    {
        var attributes = FixedTpm | FixedParent | UserWithAuth | (authorization.Length == 0 ? NoDictionaryAttack : 0);
        return new TpmCommand(TpmCommandCode.Create).UInt32(parent).Authorized([])
            .UInt16((ushort)(4 + authorization.Length + key.Length)).Sized(authorization.Span).Sized(key.Span) // inSensitive
            .UInt16(14).UInt16(KeyedHash).UInt16(Sha256).UInt32(attributes).UInt16(0).UInt16(NoAlgorithm).UInt16(0) // inPublic: no policy, no scheme, no unique
            .UInt16(0) // outsideInfo
            .UInt32(0); // creationPCR
    }

    private static TpmKeyFile ReadCreated(uint parent, TpmReader answer)
    {
        var wrapped = Prefixed(answer.Sized());
        return new TpmKeyFile(parent, Prefixed(answer.Sized()), wrapped);
    }

    private static byte[] Prefixed(ReadOnlySpan<byte> value) => [(byte)(value.Length >> 8), (byte)value.Length, .. value];

    private static byte[] Encode(TpmKeyFile file, bool emptyAuthorization)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(SealedData);
            var emptyAuth = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
            using (writer.PushSequence(emptyAuth))
                writer.WriteBoolean(emptyAuthorization);
            writer.WriteInteger(file.Parent);
            writer.WriteOctetString(file.Public);
            writer.WriteOctetString(file.Private);
        }
        return writer.Encode();
    }

    private static (TpmKeyFile Key, byte[] Box) ReadFile(string path)
    {
        using var bytes = SmallFile.Read(path, Expected);
        var text = Encoding.ASCII.GetString(bytes.Span); // sealed and encrypted: no secret
        try
        {
            if (!PemEncoding.TryFind(text, out var pem) || text[pem.Label] != KeyLabel)
                throw new KeyStoreException($"{path}: not sealed by a TPM (expected {Expected})");
            var key = TpmKeyFile.Read(path, Convert.FromBase64String(text[pem.Base64Data]), SealedData);
            var rest = text[pem.Location.End..];
            return PemEncoding.TryFind(rest, out pem) && rest[pem.Label] == SecretLabel && Convert.FromBase64String(rest[pem.Base64Data]) is { Length: >= NonceSize + TagSize } box
                ? (key, box)
                : throw new KeyStoreException($"{path}: the secret is missing beside the sealed key (expected {Expected})");
        }
        catch (Exception e) when (e is AsnContentException or OverflowException)
        {
            throw new KeyStoreException($"{path}: damaged (expected {Expected})", e);
        }
    }

    private static SecretBytes Open(TpmUri uri, SecretBytes key, TpmKeyFile file, byte[] box)
    {
        var secret = new SecretBytes(box.Length - NonceSize - TagSize);
        try
        {
            using var aes = new AesGcm(key.Span, TagSize);
            aes.Decrypt(box.AsSpan(0, NonceSize), box.AsSpan(NonceSize, secret.Length), box.AsSpan(NonceSize + secret.Length), secret.Span, file.Public);
            return secret;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            secret.Dispose();
            throw new KeyStoreException($"{uri.SealedFile}: damaged: what is in it does not belong to the key sealed in it (expected {Expected})", e);
        }
    }

    private static SecretBytes Authorization(TpmUri uri) =>
        uri.AuthFile is { } file ? SmallFile.FirstLine(file, "a file whose first line authorizes the part's use") : new SecretBytes(0);
}
