using Latchkey.Crypto;
using Latchkey.Splitting.Threshold;
using Latchkey.Testing;

namespace Latchkey.Splitting.Tests;

[Trait("Catalogue", "X5")]
public sealed class ThresholdTests(ThresholdTests.Shared shared) : IClassFixture<ThresholdTests.Shared>
{
    private static readonly byte[] Message = "what the key server built"u8.ToArray();

    [Theory]
    [InlineData(SignatureScheme.RsaPkcs1Sha256)]
    [InlineData(SignatureScheme.RsaPkcs1Sha384)]
    [InlineData(SignatureScheme.RsaPkcs1Sha512)]
    [InlineData(SignatureScheme.RsaPkcs1Sha1)]
    [InlineData(SignatureScheme.RsaPssRsaeSha256)]
    [InlineData(SignatureScheme.RsaPssRsaeSha384)]
    [InlineData(SignatureScheme.RsaPssRsaeSha512)]
    public void Any_two_of_three_shares_sign_as_the_key_does(SignatureScheme scheme)
    {
        var partials = shared.Shares.Select(share => share.SignPartially(scheme, Message)).ToList();
        foreach (var left in partials)
        {
            var signature = ThresholdSignature.Combine(shared.Key, scheme, Message, [.. partials.Where(partial => partial != left)]);
            Assert.True(shared.Verifier.Verify(scheme, Message, signature));
        }
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(4, 4)]
    public void More_shares_may_be_needed(int threshold, int count)
    {
        var (pkcs8, spki) = SampleKeys.Create(TestKey.Rsa2048);
        var shares = ThresholdDealer.Split(pkcs8, spki, threshold, count);
        using var verifier = CryptoProvider.Default.ImportPublicKey(spki);
        var partials = shares.Reverse().Take(threshold).Select(share => share.SignPartially(SignatureScheme.RsaPssRsaeSha256, Message)).ToList();
        Assert.True(verifier.Verify(SignatureScheme.RsaPssRsaeSha256, Message, ThresholdSignature.Combine(shares[0].Key, SignatureScheme.RsaPssRsaeSha256, Message, partials)));
        Assert.Throws<ArgumentException>(() => ThresholdSignature.Combine(shares[0].Key, SignatureScheme.RsaPssRsaeSha256, Message, partials[1..]));
    }

    [Fact]
    public void A_proof_convinces_of_its_own_message_and_share_only()
    {
        var partial = Sign(1);
        Assert.True(IsProved(partial));
        Assert.False(IsProved(partial with { Number = 2 }));
        Assert.False(IsProved(partial with { Number = 4 }));
        Assert.False(ThresholdSignature.IsProved(shared.Key, SignatureScheme.RsaPssRsaeSha256, "another"u8, partial));
        Assert.False(ThresholdSignature.IsProved(shared.Key, SignatureScheme.RsaPkcs1Sha256, Message, partial));
    }

    [Fact]
    [Trait("Attack", "17")]
    public void A_wrong_partial_signature_gives_a_wrong_signature_and_has_no_proof()
    {
        var wrong = Spoil(Sign(2));
        var signature = ThresholdSignature.Combine(shared.Key, SignatureScheme.RsaPssRsaeSha256, Message, [Sign(1), wrong]);
        Assert.False(shared.Verifier.Verify(SignatureScheme.RsaPssRsaeSha256, Message, signature));
        Assert.False(IsProved(wrong));
        Assert.True(IsProved(Sign(1)));
        Assert.False(IsProved(Sign(2) with { Power = new byte[256] }));
    }

    [Fact]
    public void A_share_that_was_altered_knows()
    {
        using var file = shared.Shares[2].ToPem();
        using var whole = ThresholdShare.TryRead(file.Span)!;
        Assert.True(whole.IsWhole);
        Assert.Equal(3, whole.Number);
        file.Span[^60] = file.Span[^60] == (byte)'A' ? (byte)'B' : (byte)'A';
        using var altered = ThresholdShare.TryRead(file.Span)!;
        Assert.False(altered.IsWhole);
    }

    [Fact]
    public void What_is_public_survives_its_file()
    {
        var read = ThresholdKey.TryRead(shared.Key.ToPem())!;
        Assert.True(ThresholdSignature.IsProved(read, SignatureScheme.RsaPssRsaeSha256, Message, Sign(3)));
        Assert.Null(ThresholdKey.TryRead("nothing"u8));
        // At its end: without its first byte, one in some hundred is well-formed again.
        var encoded = Sign(1).Encode();
        Assert.Null(PartialSignature.TryDecode(encoded.AsSpan(0, encoded.Length - 1)));
        Assert.Null(PartialSignature.TryDecode([.. encoded, 0]));
        Assert.Equal(Sign(1).Number, PartialSignature.TryDecode(encoded)!.Number);
    }

    [Fact]
    public void One_share_alone_neither_signs_nor_decrypts()
    {
        Assert.Throws<ArgumentException>(() => shared.Shares[0].Sign(SignatureScheme.RsaPssRsaeSha256, Message));
        Assert.Throws<ArgumentException>(() => shared.Shares[0].DecryptPremaster(new byte[256], 0x0303));
        Assert.Throws<System.Security.Cryptography.CryptographicException>(() =>
        {
            var (pkcs8, spki) = SampleKeys.Create(TestKey.EcdsaP256);
            ThresholdDealer.Split(pkcs8, spki, 2, 3);
        });
    }

    private PartialSignature Sign(int number) => shared.Shares[number - 1].SignPartially(SignatureScheme.RsaPssRsaeSha256, Message);

    private bool IsProved(PartialSignature partial) => ThresholdSignature.IsProved(shared.Key, SignatureScheme.RsaPssRsaeSha256, Message, partial);

    private static PartialSignature Spoil(PartialSignature partial)
    {
        var power = partial.Power.ToArray();
        power[^1] ^= 1;
        return partial with { Power = power };
    }

    public sealed class Shared : IDisposable
    {
        public Shared()
        {
            var (pkcs8, spki) = SampleKeys.Create(TestKey.Rsa2048);
            Shares = ThresholdDealer.Split(pkcs8, spki, 2, 3);
            Verifier = CryptoProvider.Default.ImportPublicKey(spki);
        }

        public IReadOnlyList<ThresholdShare> Shares { get; }

        public ThresholdKey Key => Shares[0].Key;

        public PublicKey Verifier { get; }

        public void Dispose() => Verifier.Dispose();
    }
}
