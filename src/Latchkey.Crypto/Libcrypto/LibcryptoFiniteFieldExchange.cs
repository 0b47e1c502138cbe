using System.Security.Cryptography;

namespace Latchkey.Crypto.Libcrypto;

/// <summary>An ephemeral pair in a finite field, as TLS 1.2 uses it.</summary>
internal sealed unsafe class LibcryptoFiniteFieldExchange : KeyExchange
{
    private const int MaxPrimeSize = 1024;

    private readonly KeyHandle _pair;
    private byte[]? _publicValue;

    internal LibcryptoFiniteFieldExchange(NamedGroup group) : this(group, KeyPairTemplate.For(group).Generate()) =>
        _publicValue = LibcryptoPublicValue.Of(_pair, group);

    private LibcryptoFiniteFieldExchange(NamedGroup group, KeyHandle pair)
    {
        Group = group;
        _pair = pair;
    }

    internal static LibcryptoFiniteFieldExchange FromPrivateValue(NamedGroup group, ReadOnlySpan<byte> value) =>
        new(group, LibcryptoPrivateValue.Read(group, value));

    /// <inheritdoc/>
    public override NamedGroup Group { get; }

    /// <inheritdoc/>
    /// <remarks>Of an imported private value it is computed when asked for: an exchange does without, and it costs as much as one.</remarks>
    public override ReadOnlyMemory<byte> PublicValue => _publicValue ??= Power(Generator());

    /// <inheritdoc/>
    /// <remarks>
    /// RFC 5246 §8.1.2: "Leading bytes of Z that contain all zero bits are stripped before it is used as the pre_master_secret." The
    /// length, and the time of hashing it, thereby tell a little of the secret; the Raccoon attack collects that from many exchanges
    /// with one private value. A pair here serves one exchange.
    /// </remarks>
    public override SecretBytes? DeriveSharedSecret(ReadOnlySpan<byte> peerPublicValue)
    {
        Span<byte> padded = stackalloc byte[Group.PublicValueSize()];
        // dh_Yc is an integer: some clients send it without its leading zeros (RFC 5246 §7.4.7.2 does not say).
        if (peerPublicValue.IsEmpty || peerPublicValue.Length > padded.Length)
            return null;
        padded.Clear();
        peerPublicValue.CopyTo(padded[^peerPublicValue.Length..]);
        if (!Group.HasRightForm(padded))
            return null;
        using KeyHandle? peer = LibcryptoPublicValue.Read(_pair, padded);
        return peer is null ? null : Derive(peer);
    }

    /// <inheritdoc/>
    public override SecretBytes ExportPrivateValue() => LibcryptoPrivateValue.Of(_pair, Group);

    /// <inheritdoc/>
    public override void Dispose() => _pair.Dispose();

    private byte[] Generator()
    {
        var generator = new byte[Group.PublicValueSize()];
        generator[^1] = FiniteFieldGroup.Generator;
        return generator;
    }

    private byte[] Power(byte[] value)
    {
        using SecretBytes power = DeriveSharedSecret(value)!;
        var padded = new byte[value.Length];
        power.Span.CopyTo(padded.AsSpan(padded.Length - power.Length));
        return padded;
    }

    private SecretBytes? Derive(KeyHandle peer)
    {
        const int dontValidateAgain = 0; // the range has been checked; validating would compute Y^q, as long as the exchange itself
        nint context = Native.EVP_PKEY_CTX_new_from_pkey(0, _pair.Pointer, 0);
        Span<byte> secret = stackalloc byte[MaxPrimeSize];
        try
        {
            nuint length = (nuint)secret.Length;
            fixed (byte* output = secret)
            {
                if (context != 0
                    && Native.EVP_PKEY_derive_init_ex(context, 0) == 1
                    && Native.EVP_PKEY_derive_set_peer_ex(context, peer.Pointer, dontValidateAgain) == 1
                    && Native.EVP_PKEY_derive(context, output, &length) == 1)
                    return SecretBytes.CopyOf(secret[..(int)length].TrimStart((byte)0));
            }
            LibcryptoError.Clear();
            return null;
        }
        finally
        {
            Native.EVP_PKEY_CTX_free(context);
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
