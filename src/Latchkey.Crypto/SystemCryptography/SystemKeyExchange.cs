using System.Security.Cryptography;

namespace Latchkey.Crypto.SystemCryptography;

/// <summary>An ephemeral pair on P-256 or P-384.</summary>
internal sealed class SystemKeyExchange : KeyExchange
{
    private readonly ECCurve _curve;
    private readonly ECDiffieHellman _pair;
    private readonly byte[] _publicValue;

    internal SystemKeyExchange(NamedGroup group)
    {
        Group = group;
        _curve = CurveOf(group);
        _pair = ECDiffieHellman.Create(_curve);
        _publicValue = PublicValueOf(_pair);
    }

    internal SystemKeyExchange(NamedGroup group, ReadOnlySpan<byte> privateValue)
    {
        Group = group;
        _curve = CurveOf(group);
        // The base library takes a private value as an array only; pinned, it is at least not copied about before it is zeroed.
        byte[] d = GC.AllocateUninitializedArray<byte>(privateValue.Length, pinned: true);
        privateValue.CopyTo(d);
        try
        {
            _pair = ECDiffieHellman.Create(new ECParameters { Curve = _curve, D = d });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(d);
        }
        _publicValue = PublicValueOf(_pair);
    }

    /// <inheritdoc/>
    public override NamedGroup Group { get; }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> PublicValue => _publicValue;

    /// <inheritdoc/>
    public override SecretBytes? DeriveSharedSecret(ReadOnlySpan<byte> peerPublicValue)
    {
        if (!Group.HasRightForm(peerPublicValue))
            return null;
        byte[]? secret = null;
        try
        {
            // Importing checks that the point is on the curve; there is no other way to learn it than the exception.
            using ECDiffieHellman peer = Import(_curve, peerPublicValue);
            using ECDiffieHellmanPublicKey publicKey = peer.PublicKey;
            secret = _pair.DeriveRawSecretAgreement(publicKey);
            return SecretBytes.CopyOf(secret);
        }
        catch (CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    /// <inheritdoc/>
    public override SecretBytes ExportPrivateValue()
    {
        byte[] d = _pair.ExportParameters(includePrivateParameters: true).D!;
        try
        {
            return SecretBytes.CopyOf(d);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(d);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _pair.Dispose();

    /// <summary>Of a value of the right form.</summary>
    internal static bool IsOnCurve(NamedGroup group, ReadOnlySpan<byte> publicValue)
    {
        try
        {
            Import(CurveOf(group), publicValue).Dispose();
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static ECDiffieHellman Import(ECCurve curve, ReadOnlySpan<byte> publicValue)
    {
        int half = publicValue.Length / 2;
        var point = new ECPoint { X = publicValue.Slice(1, half).ToArray(), Y = publicValue[(1 + half)..].ToArray() };
        return ECDiffieHellman.Create(new ECParameters { Curve = curve, Q = point });
    }

    private static ECCurve CurveOf(NamedGroup group) => group switch
    {
        NamedGroup.Secp256r1 => ECCurve.NamedCurves.nistP256,
        NamedGroup.Secp384r1 => ECCurve.NamedCurves.nistP384,
        _ => throw new PlatformNotSupportedException($"The .NET base library has no {group}."),
    };

    private static byte[] PublicValueOf(ECDiffieHellman pair)
    {
        ECPoint point = pair.ExportParameters(includePrivateParameters: false).Q;
        return [GroupSizes.UncompressedPoint, .. point.X!, .. point.Y!];
    }
}
