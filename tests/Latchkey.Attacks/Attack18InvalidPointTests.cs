using Latchkey.Crypto;
using Latchkey.Testing;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;

namespace Latchkey.Attacks;

/// <summary>
/// Attack 18: shares that are no points of the curve, or points of small order, make the secret guessable or the key leak (Biehl, Meyer and Müller
/// 2000; RFC 7748 §6.1).
/// </summary>
[Trait("Attack", "18")]
public sealed partial class Attack18InvalidPointTests
{
    private const string P256X = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
    private const string P256Y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

    [Theory]
    [MemberData(nameof(Shares))]
    public async Task The_handshake_ends_with_illegal_parameter_and_no_signature_is_asked_for(string what, ushort group, string share)
    {
        using var authority = TestAuthority.Create();
        var key = new UnusedKey();
        var site = new AttackedSite(authority.IssueServer(TestKey.EcdsaP256, "site.test"), key);

        var (failure, sent) = await site.AttackAsync(Hello(group, Convert.FromHexString(share)));

        Assert.IsType<PeerMisbehavedException>(failure);
        // An alert in the clear, fatal, and nothing else: no ServerHello.
        Assert.True(sent is [21, 3, _, 0, 2, 2, (byte)AlertDescription.IllegalParameter], $"{what}: {Convert.ToHexString(sent)}");
        Assert.False(key.WasAsked);
    }

    [Fact]
    public async Task The_same_hello_with_a_good_share_is_answered()
    {
        using var authority = TestAuthority.Create();
        var key = new UnusedKey();
        var site = new AttackedSite(authority.IssueServer(TestKey.EcdsaP256, "site.test"), key);

        await site.AttackAsync(Hello(0x0017, Convert.FromHexString("04" + P256X + P256Y)));

        Assert.True(key.WasAsked);
    }

    public static TheoryData<string, ushort, string> Shares => new()
    {
        { "X25519: 0", 0x001D, new string('0', 64) },
        { "X25519: 1", 0x001D, "01" + new string('0', 62) },
        { "X25519: order 8", 0x001D, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800" },
        { "X25519: order 8, the other", 0x001D, "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157" },
        { "X25519: p - 1", 0x001D, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
        { "X25519: p", 0x001D, "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
        { "X25519: p + 1", 0x001D, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
        { "X25519: 31 bytes", 0x001D, new string('9', 62) },
        { "P-256: y changed", 0x0017, "04" + P256X + P256Y[..^1] + "4" },
        { "P-256: infinity", 0x0017, "00" },
        { "P-256: zeros", 0x0017, "04" + new string('0', 128) },
        { "P-256: compressed", 0x0017, "03" + P256X },
        { "P-256: hybrid form", 0x0017, "07" + P256X + P256Y },
        { "P-256: coordinates above the prime", 0x0017, "04" + new string('f', 128) },
        { "P-384: a point of P-256 with zeros", 0x0018, "04" + new string('0', 32) + P256X + new string('0', 32) + P256Y },
    };

    private static byte[] Hello(ushort group, byte[] share)
    {
        byte[] groups = [(byte)(group >> 8), (byte)group];
        byte[] extensions =
        [
            .. Extension(10, Vector16(groups)),
            .. Extension(13, Vector16([0x04, 0x03])),
            .. Extension(43, [2, 3, 4]),
            .. Extension(51, Vector16([.. groups, .. Vector16(share)])),
        ];
        byte[] body = [3, 3, .. new byte[32], 0, 0, 2, 0x13, 0x01, 1, 0, .. Vector16(extensions)];
        byte[] message = [1, 0, (byte)(body.Length >> 8), (byte)body.Length, .. body];
        return [22, 3, 1, .. Vector16(message)];
    }

    private static byte[] Extension(byte type, byte[] content) => [0, type, .. Vector16(content)];

    private static byte[] Vector16(byte[] content) => [(byte)(content.Length >> 8), (byte)content.Length, .. content];

    private sealed class UnusedKey : IHandshakeKey
    {
        public bool WasAsked { get; private set; }

        public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken) => Refuse<ReadOnlyMemory<byte>>();

        public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) => Refuse<ReadOnlyMemory<byte>>();

        public ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken) => Refuse<SecretBytes>();

        private ValueTask<T> Refuse<T>()
        {
            WasAsked = true;
            throw new KeyHolderFailedException("Not in this test.");
        }
    }
}
