using System.Security.Cryptography;
using Latchkey.Client.Threshold;

namespace Latchkey.Client.Tests;

[Trait("Catalogue", "X5")]
public sealed class ShareAnswersTests(LinkWorld world) : IClassFixture<LinkWorld>
{
    [Fact]
    public async Task One_that_fails_in_a_way_nobody_thought_of_is_not_waited_for()
    {
        await using var holder = world.Client(1);
        await using var answers = new ShareAnswers(new([holder]), async _ =>
        {
            await Task.Yield();
            throw new CryptographicException("the device is away");
        }, needed: 1, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Null(await answers.NextAsync().AsTask().WaitAsync(LinkWorld.Patience, TestContext.Current.CancellationToken));
        Assert.Contains("the device is away", answers.Failures, StringComparison.Ordinal);
    }
}
