using System.Security.Cryptography;
using Latchkey.Crypto;

namespace Latchkey.Tickets.Tests;

public sealed class SealedBoxTests : IDisposable
{
    private readonly TestClock _clock = new();
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly SharedTicketKeyRing _ring;

    public SealedBoxTests() => _ring = Ring();

    public void Dispose() => _ring.Dispose();

    [Fact]
    public void What_one_ring_sealed_another_of_the_same_secret_opens()
    {
        using var other = Ring();
        using var opened = SealedBox.TryOpen(CryptoProvider.Default, other, Seal("state", "purpose"), "purpose"u8);
        Assert.Equal("state"u8, opened!.Span);
    }

    [Fact]
    public void Under_another_context_a_box_does_not_open() =>
        Assert.Null(SealedBox.TryOpen(CryptoProvider.Default, _ring, Seal("state", "purpose"), "purposf"u8));

    [Fact]
    public void A_box_with_any_bit_changed_does_not_open()
    {
        var box = Seal("state", "purpose");
        for (var bit = 0; bit < box.Length * 8; bit++)
        {
            box[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Null(SealedBox.TryOpen(CryptoProvider.Default, _ring, box, "purpose"u8));
            box[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_box_of_any_shorter_length_does_not_open()
    {
        var box = Seal("state", "purpose");
        for (var length = 0; length < box.Length; length++)
            Assert.Null(SealedBox.TryOpen(CryptoProvider.Default, _ring, box.AsSpan(0, length), "purpose"u8));
    }

    [Fact]
    public void A_box_opens_until_its_key_is_too_old_and_not_after()
    {
        var box = Seal("state", "purpose");
        _clock.Now += TimeSpan.FromHours(3) - TimeSpan.FromSeconds(1);
        using (var opened = SealedBox.TryOpen(CryptoProvider.Default, _ring, box, "purpose"u8))
            Assert.NotNull(opened);
        _clock.Now += TimeSpan.FromSeconds(1);
        Assert.Null(SealedBox.TryOpen(CryptoProvider.Default, _ring, box, "purpose"u8));
    }

    [Fact]
    public void A_machine_whose_clock_is_one_period_behind_opens_it_too()
    {
        _clock.Now += TimeSpan.FromHours(1);
        var box = Seal("state", "purpose");
        _clock.Now -= TimeSpan.FromHours(1);
        using var opened = SealedBox.TryOpen(CryptoProvider.Default, _ring, box, "purpose"u8);
        Assert.NotNull(opened);
    }

    private byte[] Seal(string content, string context) =>
        SealedBox.Seal(CryptoProvider.Default, _ring, System.Text.Encoding.ASCII.GetBytes(content), System.Text.Encoding.ASCII.GetBytes(context))!;

    private SharedTicketKeyRing Ring() => new(_secret, TimeSpan.FromHours(1), TimeSpan.FromHours(2), CryptoProvider.Default, _clock);
}
