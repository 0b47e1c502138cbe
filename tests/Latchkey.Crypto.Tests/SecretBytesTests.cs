namespace Latchkey.Crypto.Tests;

public sealed class SecretBytesTests
{
    [Fact]
    public void Disposing_zeroes_the_bytes_and_ends_their_use()
    {
        var secret = SecretBytes.CopyOf("secret"u8);
        Span<byte> lent = secret.Span;
        secret.Dispose();
        secret.Dispose();
        Assert.True(lent.IndexOfAnyExcept((byte)0) < 0);
        Assert.Throws<ObjectDisposedException>(() => secret.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => secret.FixedTimeEquals("secret"u8));
    }

    [Fact]
    public void Printing_shows_the_length_alone()
    {
        using var secret = SecretBytes.CopyOf("secret"u8);
        Assert.Equal("SecretBytes(6)", secret.ToString());
    }

    [Fact]
    public void Equality_is_of_content_and_length()
    {
        using var secret = SecretBytes.CopyOf("secret"u8);
        Assert.True(secret.FixedTimeEquals("secret"u8));
        Assert.False(secret.FixedTimeEquals("Secret"u8));
        Assert.False(secret.FixedTimeEquals("secre"u8));
    }

    [Fact]
    public void Random_secrets_differ()
    {
        using var one = SecretBytes.Random(32);
        using var two = SecretBytes.Random(32);
        Assert.False(one.FixedTimeEquals(two.Span));
    }
}
