using Latchkey.Crypto;
using Latchkey.KeyStores.Files;

namespace Latchkey.KeyStores.Tpm;

/// <summary>
/// A private key in a TPM. One for RSA that may decrypt and is bound to no padding makes all of RSA with the raw operation: a TPM's own PSS may have salts of another length than TLS wants
/// (TPM 2.0 Part 1 §B.7). One that only signs does so with TPM2_Sign.
/// </summary>
internal sealed class TpmPrivateKey : DeviceKey
{
    private const ushort RsaSsa = 0x0014, RsaPss = 0x0016, EcDsa = 0x0018, NoScheme = 0x0010, HashCheckTicket = 0x8024;
    private const uint NoHierarchy = 0x40000007;

    private readonly TpmDevice _device;
    private readonly TpmObject _target;
    private readonly TpmPublic _public;
    private readonly SecretBytes _authorization;

    private TpmPrivateKey(TpmDevice device, TpmObject target, TpmPublic publicHalf, SecretBytes authorization)
        : base(publicHalf.SubjectPublicKeyInfo)
    {
        _device = device;
        _target = target;
        _public = publicHalf;
        _authorization = authorization;
    }

    private bool IsRaw => Algorithm == KeyAlgorithm.Rsa && _public.Decrypts && !_public.HasScheme;

    /// <exception cref="KeyStoreException">No such key, or not the right kind.</exception>
    public static TpmPrivateKey Open(TpmDevice device, TpmUri uri)
    {
        var target = new TpmObject(uri.Text, uri.Handle, uri.File is { } file ? TpmKeyFile.Read(file) : null);
        var publicHalf = device.Send(target, handle => new TpmCommand(TpmCommandCode.ReadPublic).UInt32(handle), answer => TpmPublic.Read(answer.Parameters.Sized()));
        if (publicHalf.IsRestricted || !(publicHalf.Signs || publicHalf.Decrypts))
            throw new KeyStoreException($"{uri.Text}: the key does not sign for others (expected the attribute sign, without restricted)");
        return new TpmPrivateKey(
            device, target, publicHalf, uri.AuthFile is { } secret ? SmallFile.FirstLine(secret, "a file whose first line authorizes the key's use") : new SecretBytes(0));
    }

    /// <inheritdoc/>
    protected override byte[] SignHash(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash)
    {
        if (IsRaw)
        {
            using var signature = Decrypt(padding == SignaturePadding.Pss ? SignatureBlock.Pss(digest, hash, KeySizeBits) : SignatureBlock.Pkcs1(ToDigestInfo(digest, hash), KeySizeBits));
            return signature.Span.ToArray();
        }
        var scheme = padding switch { SignaturePadding.Pkcs1 => RsaSsa, SignaturePadding.Pss => RsaPss, _ => EcDsa };
        var input = hash.ToArray();
        return _device.Send(
            _target,
            handle => new TpmCommand(TpmCommandCode.Sign).UInt32(handle).Authorized(_authorization.Span)
                .Sized(input).UInt16(scheme).UInt16(NumberOf(digest)).UInt16(HashCheckTicket).UInt32(NoHierarchy).UInt16(0),
            answer => ReadSignature(answer.Parameters));
    }

    /// <inheritdoc/>
    protected override SecretBytes Decrypt(ReadOnlySpan<byte> ciphertext)
    {
        if (!IsRaw)
            throw new KeyStoreException($"{_target.Name}: the key does not decrypt (expected the attribute decrypt and no scheme, for RSA key exchange)");
        var input = ciphertext.ToArray();
        return _device.Send(
            _target,
            handle => new TpmCommand(TpmCommandCode.RSA_Decrypt).UInt32(handle).Authorized(_authorization.Span).Sized(input).UInt16(NoScheme).UInt16(0),
            answer => ReadBlock(answer.Parameters, input.Length));
    }

    /// <inheritdoc/>
    protected override void Close()
    {
        _device.Forget(_target);
        _authorization.Dispose();
    }

    // TPMT_SIGNATURE.
    private byte[] ReadSignature(TpmReader answer)
    {
        answer.UInt16(); // scheme
        answer.UInt16(); // digest
        if (Algorithm == KeyAlgorithm.Rsa)
            return answer.Sized().ToArray();
        var size = KeySizeBits / 8;
        Span<byte> numbers = stackalloc byte[2 * size];
        numbers.Clear();
        var r = answer.Sized();
        r.CopyTo(numbers[(size - r.Length)..]);
        var s = answer.Sized();
        s.CopyTo(numbers[((2 * size) - s.Length)..]);
        return ToDer(numbers);
    }

    private static SecretBytes ReadBlock(TpmReader answer, int size)
    {
        var plaintext = answer.Sized();
        var block = new SecretBytes(size);
        plaintext.CopyTo(block.Span[(size - plaintext.Length)..]);
        return block;
    }

    // TPM_ALG_ID.
    private static ushort NumberOf(DigestAlgorithm digest) => digest switch
    {
        DigestAlgorithm.Sha1 => 0x0004,
        DigestAlgorithm.Sha256 => 0x000B,
        DigestAlgorithm.Sha384 => 0x000C,
        DigestAlgorithm.Sha512 => 0x000D,
        _ => throw new KeyStoreException($"A TPM signs no {digest} digests (expected SHA-1, SHA-256, SHA-384 or SHA-512)."),
    };
}
