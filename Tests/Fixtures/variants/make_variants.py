"""Networks whose files do not say everything: strides of CIFAR variants, and classifiers.

Run in this folder with PyTorch; `../cases/tinyrep.py` has the network.
"""
import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cases'))
from tinyrep import *

x = images(h=20, w=24)
np.save('x.npy', x.numpy())


def save(name, net):
    torch.save(net.state_dict(), f'{name}.pth')
    with torch.no_grad():
        np.save(f'{name}_y.npy', net(x).numpy())


# Stage 1 keeps its width, so its identity branch proves stride 1; nothing proves the stem's.
small = tiny(widths=(8, 8, 16, 16, 16), blocks=(2, 1, 1, 1), strides=(1, 1, 2, 2, 2))
save('cifar', small)
save('cifar-deploy', small.deploy())
# Stages 3 and 4 keep their width: one has an identity branch, one has not.
save('late', tiny(seed=2, widths=(8, 12, 16, 16, 16), blocks=(1, 1, 1, 1), strides=(2, 2, 2, 1, 2)))

shape = dict(widths=(8, 8, 16, 16, 16), blocks=(1, 1, 1, 1))


def norm(width):
    layer = nn.BatchNorm1d(width)
    nn.init.uniform_(layer.weight, 0.3, 0.9)
    nn.init.normal_(layer.bias, 0.05, 0.1)
    nn.init.normal_(layer.running_mean, 0, 0.2)
    nn.init.uniform_(layer.running_var, 0.3, 1.5)
    return layer


def statistics(width):
    layer = nn.BatchNorm1d(width, affine=False)
    nn.init.normal_(layer.running_mean, 0, 0.2)
    nn.init.uniform_(layer.running_var, 0.3, 1.5)
    return layer


def headed(name, layers, attribute='linear'):
    net = tiny(seed=3, **shape)
    head = nn.Sequential(*layers(net.linear)).eval()
    net.linear = head
    state = {k.replace('linear.', attribute + '.', 1) if k.startswith('linear.') else k: v
             for k, v in net.state_dict().items()}
    torch.save(state, f'{name}.pth')
    with torch.no_grad():
        np.save(f'{name}_y.npy', net(x).numpy())


headed('norm-dropout-linear', lambda l: [norm(16), nn.Dropout(0.2), l])
headed('dropout-linear-norm', lambda l: [nn.Dropout(0.2), l, norm(7)], 'classifier')
headed('two-norms',
       lambda l: [norm(16), statistics(16), nn.Linear(16, 7, bias=False), norm(7)], 'head')
headed('two-linear', lambda l: [nn.Linear(16, 12), nn.ReLU(), nn.Linear(12, 7)])
headed('linear-relu-norm', lambda l: [l, nn.ReLU(), norm(7)], 'fc')
